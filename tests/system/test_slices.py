"""A recording of many events, sliced: from its samples to its points and what they tell."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import numpy as np
import pytest
import soundfile

from tests.system.conftest import SAMPLE_RATE_HZ, Exploration, write_tone

STARTS_S = 0.2 + np.cumsum(np.random.default_rng(5).uniform(0.3, 0.8, 30))


def write_recording(path: Path) -> None:
    """Write thirty hits, each of a pitch of its own, over a little silence."""
    samples = np.zeros(round((STARTS_S[-1] + 1) * SAMPLE_RATE_HZ))
    time_s = np.arange(SAMPLE_RATE_HZ // 4) / SAMPLE_RATE_HZ
    for number, start_s in enumerate(STARTS_S):
        hit = np.sin(2 * np.pi * 100 * 2 ** (number / 12) * time_s) * np.exp(-time_s * 25)
        begin = round(start_s * SAMPLE_RATE_HZ)
        samples[begin : begin + len(hit)] += 0.5 * hit
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, SAMPLE_RATE_HZ, subtype="PCM_16")


@contextmanager
def running_system(data: Path) -> Iterator[str]:
    """Start the system again on the data of an exploration, and give the address of its API."""
    command = [sys.executable, "-m", "launcher", "explore", "--no-browser", "--data", str(data)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ
    )
    assert process.stdout is not None
    try:
        ready = next(filter(None, (re.search(r"ready: (http://\S+)", line) for line in process.stdout)))
        yield f"{ready[1]}/api/v1"
    finally:
        process.terminate()
        process.wait(20)


def fetch(url: str) -> Any:
    request = Request(url, headers={"Accept": "application/json"})  # noqa: S310  our own server
    with urlopen(request, timeout=60) as response:  # noqa: S310
        content = response.read()
    return json.loads(content) if response.headers["Content-Type"].startswith("application/json") else content


def test_every_event_of_a_recording_is_a_point_that_knows_its_file(
    explore: Callable[..., Exploration], tmp_path: Path
) -> None:
    folder = tmp_path / "sounds"
    write_recording(folder / "session.wav")
    write_tone(folder / "alone.wav", 3)
    result = explore(folder, "--slice").result()
    assert (result["files"], result["analyzed"], result["failures"]) == (2, 2, [])
    assert result["map"]["points"] == len(STARTS_S) + 1

    with running_system(tmp_path / "data") as api:
        points = fetch(f"{api}/maps/{result['map']['id']}/points")["points"]
        ids = {point["path"]: point["audio_file_id"] for point in points}
        assert "session.wav" not in ids
        assert ids.pop("alone.wav")
        slices = [fetch(f"{api}/audio-files/{file_id}") for file_id in ids.values()]
        slices.sort(key=lambda file: file["slice"]["number"])
        parent = fetch(f"{api}/audio-files/{slices[0]['slice']['parent_id']}")
        preview = fetch(f"{api}/audio-files/{slices[0]['id']}/preview")
        original = fetch(f"{api}/audio-files/{slices[0]['id']}/audio")
    assert [file["slice"]["number"] for file in slices] == list(range(1, 31))
    assert [file["slice"]["start_s"] for file in slices] == pytest.approx(list(STARTS_S), abs=0.03)
    assert {file["slice"]["parent_path"] for file in slices} == {"session.wav"}
    pitches_hz = [file["descriptors"]["pitch_hz"] for file in slices]
    assert pitches_hz == pytest.approx([100 * 2 ** (number / 12) for number in range(30)], rel=0.02)
    assert (parent["path"], parent["n_slices"], parent["slice"]) == ("session.wav", 30, None)
    assert preview
    assert original == (folder / "session.wav").read_bytes()
