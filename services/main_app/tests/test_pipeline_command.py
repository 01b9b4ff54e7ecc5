import json
from pathlib import Path

import pytest

from services.main_app.__main__ import main
from services.main_app.pipelines.graph import current_pipeline, default_pipeline

pytestmark = pytest.mark.django_db

Printed = pytest.CaptureFixture[str]


def test_the_pipeline_is_shown_chosen_and_put_back(tmp_path: Path, services, capsys: Printed) -> None:
    assert main(["pipeline"]) == 0
    graph = json.loads(capsys.readouterr().out)
    assert graph == default_pipeline().model_dump(mode="json")
    path = tmp_path / "other.json"
    path.write_text(json.dumps(graph | {"title": "Another"}), "utf-8")
    assert main(["pipeline", str(path)]) == 0
    printed = capsys.readouterr()
    assert (json.loads(printed.out)["title"], printed.err) == ("Another", "")
    assert current_pipeline().title == "Another"
    assert main(["pipeline", "--default"]) == 0
    assert current_pipeline() == default_pipeline()


def test_what_runs_will_wait_for_is_said(tmp_path: Path, services, capsys: Printed) -> None:
    graph = default_pipeline().model_dump(mode="json")
    graph["nodes"][1]["type"] = "embed_birds"
    path = tmp_path / "birds.json"
    path.write_text(json.dumps(graph), "utf-8")
    assert main(["pipeline", str(path)]) == 0
    assert "Runs will wait: no service offers the node 'embed_birds' yet" in capsys.readouterr().err


def test_a_file_that_is_no_pipeline_changes_nothing(tmp_path: Path, services, capsys: Printed) -> None:
    path = tmp_path / "none.json"
    path.write_text("[]", "utf-8")
    assert main(["pipeline", str(path)]) == 78
    assert "is no pipeline" in capsys.readouterr().err
    assert current_pipeline() == default_pipeline()
