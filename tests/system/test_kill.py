"""kill -9 of any process, at any moment, loses nothing."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.system.conftest import Exploration, write_tone

Explore = Callable[..., Exploration]
N_SOUNDS = 1200


def runs(*words: str) -> Callable[[list[str]], bool]:
    """Recognise a process by words of its command line; the wrapper that started it is gone by then."""
    return lambda command: all(word in command for word in words)


def is_queue(command: list[str]) -> bool:
    return bool(command) and Path(command[0]).name == "nats-server"


def child_of(package: str) -> Callable[[list[str]], bool]:
    return lambda command: "shared.python.child" in command and any(package in word for word in command)


ROLES: dict[str, Callable[[list[str]], bool]] = {
    "queue": is_queue,
    "web": runs("services.main_app", "web"),
    "publisher": runs("services.main_app", "publisher"),
    "consumer": runs("services.main_app", "consumer"),
    "reconciler": runs("services.main_app", "reconciler"),
    "sync": runs("services.main_app", "sync"),
    "analyzer": runs("services.audio_analyzer", "worker"),
    "analyzer's child": child_of("services.audio_analyzer"),
    "layouts": runs("services.umap_service", "worker"),
}


@pytest.mark.timeout(1200)
def test_killing_each_process_in_turn_loses_nothing(explore: Explore, tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    for number in range(N_SOUNDS):
        write_tone(folder / f"{number}.wav", number)
    exploration = explore(folder)
    exploration.wait_until("Listening")
    killed = []
    for role, is_it in ROLES.items():
        victim = exploration.wait_for(is_it)
        victim.kill()
        killed.append(role)
        assert exploration.process.poll() is None, f"the run was over before {role} was killed"
        time.sleep(0.5)
    result = exploration.result(timeout_s=900)
    assert killed == list(ROLES)
    assert result["failures"] == []
    assert (result["files"], result["analyzed"], result["skipped"]) == (N_SOUNDS, N_SOUNDS, 0)
    assert result["map"]["points"] == N_SOUNDS


@pytest.mark.timeout(1200)
def test_killing_what_lays_out_loses_nothing(explore: Explore, tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    for number in range(300):
        write_tone(folder / f"{number}.wav", number)
    exploration = explore(folder)
    exploration.wait_until("Drawing the map")
    exploration.wait_for(child_of("services.umap_service")).kill()
    time.sleep(2)
    exploration.wait_for(ROLES["layouts"]).kill()
    exploration.wait_for(is_queue).kill()
    result = exploration.result(timeout_s=900)
    assert (result["analyzed"], result["failed"], result["map"]["points"]) == (300, 0, 300)
