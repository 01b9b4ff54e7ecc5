import sys

from launcher.programs import Stage, in_stage, installed_services, main_app_programs
from launcher.supervision import STOP_S


def test_services_name_themselves() -> None:
    services = {service.name: service for service in installed_services()}
    assert {"audio_analyzer", "umap_service"} <= services.keys()
    assert services["audio_analyzer"].worker_command == (
        sys.executable,
        "-m",
        "services.audio_analyzer",
        "worker",
    )


def test_main_app_has_one_process_for_each_duty() -> None:
    programs = {program.name: program for program in main_app_programs(host="127.0.0.1", port=8123)}
    assert programs.keys() == {"web", "publisher", "consumer", "reconciler", "sync"}
    assert programs["web"].command[-5:] == ("web", "--host", "127.0.0.1", "--port", "8123")


def test_web_is_the_first_to_end_and_messages_outlive_it() -> None:
    programs = main_app_programs(host="127.0.0.1", port=8000)
    assert list(Stage) == [Stage.FRONT, Stage.WORK, Stage.MESSAGES, Stage.QUEUE]
    assert {program.name for program in in_stage(programs, Stage.FRONT)} == {"web", "sync", "reconciler"}
    assert {program.name for program in in_stage(programs, Stage.MESSAGES)} == {"publisher", "consumer"}


def test_all_stages_together_stay_below_ten_seconds() -> None:
    assert STOP_S < 10
