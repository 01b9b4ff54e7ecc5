import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from services.audio_analyzer.__main__ import main
from services.audio_analyzer.tests.conftest import RATE_HZ, sine

Printed = pytest.CaptureFixture[str]


def test_events_are_printed_in_seconds(write: Callable[..., Path], tmp_path: Path, capsys: Printed) -> None:
    pause = np.zeros(RATE_HZ // 2, np.float32)
    path = write(np.concatenate((pause, sine(220, 0.5), pause, sine(330, 0.5))))
    missing = tmp_path / "missing.wav"
    assert main(["slice", str(path), str(missing), "--json"]) == 0
    told, failed = map(json.loads, capsys.readouterr().out.splitlines())
    assert (told["path"], told["n_found"]) == (str(path), 2)
    times = [(event["start_s"], event["end_s"]) for event in told["events"]]
    assert np.ravel(times) == pytest.approx([0.5, 1.0, 1.5, 2.0], abs=0.025)
    assert (failed["path"], failed["error"]["code"]) == (str(missing), "not_found")
    assert main(["slice", str(missing)]) == 1


def test_an_option_out_of_range_is_named(tmp_path: Path, capsys: Printed) -> None:
    assert main(["slice", str(tmp_path / "any.wav"), "--least", "0"]) == 1
    assert "slice_least_s" in capsys.readouterr().err


def test_they_can_be_read_too(write: Callable[..., Path], capsys: Printed) -> None:
    path = write(sine(220, 0.5))
    assert main(["slice", str(path)]) == 0
    assert f"{path}: 1 of 1 events" in capsys.readouterr().out
