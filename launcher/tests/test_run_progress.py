from typing import Any

import pytest

from launcher.run_progress import RunProgress, describe, summary

RUN: dict[str, Any] = {
    "state": "scanning",
    "files": 0,
    "found": 1200,
    "analyzed": 0,
    "failed": 0,
    "skipped": 0,
    "files_per_s": 0.0,
    "eta_s": None,
    "layout_fraction": 0.0,
}


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({}, "Looking through the folder: 1,200 sounds so far"),
        ({"state": "analyzing"}, "Listening: 0 of 1,200 sounds"),
        (
            {
                "state": "analyzing",
                "analyzed": 9,
                "failed": 1,
                "skipped": 2,
                "files_per_s": 3.25,
                "eta_s": 7.4,
            },
            "Listening: 12 of 1,200 sounds, 3.2 a second, about 7 s left",
        ),
        ({"state": "laying_out", "layout_fraction": 0.416}, "Drawing the map: 42 %"),
        ({"state": "done"}, "The run is done"),
    ],
)
def test_run_in_words(change: dict[str, Any], line: str) -> None:
    assert describe(RUN | change) == line


def test_nothing_is_told_twice() -> None:
    told: list[str] = []
    progress = RunProgress(tell=told.append)
    for found in (1, 1, 2):
        progress.show(RUN | {"found": found})
    assert len(told) == 2


def test_summary_counts_and_names_what_failed() -> None:
    failures = [{"path": "a/b.wav", "code": "empty", "message": "the file is empty"}]
    report = {
        "files": 3,
        "analyzed": 1,
        "failed": 1,
        "skipped": 1,
        "failures": failures,
        "map": {"id": "1", "points": 1},
    }
    assert summary(report, seconds=2.34).splitlines() == [
        "3 files in 2.3 s: 1 analyzed, 1 failed, 1 skipped",
        "The map has 1 sounds",
        "Could not be read:",
        "  a/b.wav: the file is empty",
    ]
