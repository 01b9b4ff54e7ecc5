"""What is written from main_app into other parts is as main_app says."""

from services.main_app.commands.export_frontend import exported


def test_the_generated_files_are_up_to_date():
    for path, content in exported().items():
        assert path.read_text("utf-8") == content, "run `python -m services.main_app export_frontend`"
