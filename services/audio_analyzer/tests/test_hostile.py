"""Damaged and invented files: a result without NaN, or one of our errors; nothing else."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.audio_analyzer.analysis import analyze_file
from services.audio_analyzer.tests.conftest import FIXTURES, HASH, noise
from shared.python.errors import TonotopeError
from shared.python.models import FailureCode

CASES_PER_FORMAT = 15


def survive(path: Path) -> str:
    try:
        document, _ = analyze_file(path, content_hash=HASH)
    except TonotopeError as error:
        return FailureCode(error.code)
    json.dumps(document.model_dump(mode="python"), allow_nan=False)
    return "ok"


def cut(content: bytearray, dice: random.Random) -> bytearray:
    return content[: dice.randrange(len(content))]


def scratch(content: bytearray, dice: random.Random) -> bytearray:
    for _ in range(dice.randrange(1, 30)):
        content[dice.randrange(len(content))] = dice.randrange(256)
    return content


def lie_in_the_header(content: bytearray, dice: random.Random) -> bytearray:
    for _ in range(dice.randrange(1, 8)):
        content[dice.randrange(min(len(content), 200))] = dice.choice((0, 255, 127, 128, dice.randrange(256)))
    return content


def leave_out(content: bytearray, dice: random.Random) -> bytearray:
    start = dice.randrange(len(content))
    del content[start : start + dice.randrange(1, 2000)]
    return content


def put_in(content: bytearray, dice: random.Random) -> bytearray:
    start = dice.randrange(len(content))
    content[start:start] = dice.randbytes(dice.randrange(1, 500))
    return content


DAMAGES: tuple[Callable[[bytearray, random.Random], bytearray], ...] = (
    cut, scratch, lie_in_the_header, leave_out, put_in,
)  # fmt: skip


def damage_and_survive(content: bytes, path: Path) -> None:
    dice = random.Random(5)
    assert survive(path) == "ok"
    for _ in range(CASES_PER_FORMAT):
        path.write_bytes(dice.choice(DAMAGES)(bytearray(content), dice))
        survive(path)


@pytest.mark.parametrize(
    ("format", "subtype"),
    [("WAV", "PCM_16"), ("WAV", "FLOAT"), ("WAV", "MS_ADPCM"), ("AIFF", "PCM_24"), ("FLAC", "PCM_16"),
     ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"), ("CAF", "ALAC_16"), ("AU", "PCM_16"),
     ("W64", "PCM_16"), ("VOC", "PCM_16")],
)  # fmt: skip
def test_damaged_files_of_libsndfile_are_survived(write, format, subtype):
    path = write(noise(0.5, rate_hz=48_000), rate_hz=48_000, format=format, subtype=subtype)
    damage_and_survive(path.read_bytes(), path)


@pytest.mark.parametrize("fixture", sorted(FIXTURES.glob("tone*")), ids=lambda path: path.name)
def test_damaged_files_of_ffmpeg_are_survived(tmp_path, fixture):
    path = tmp_path / "damaged"
    path.write_bytes(fixture.read_bytes())
    damage_and_survive(fixture.read_bytes(), path)


BEGINNINGS = (
    b"", b"RIFF\xff\xff\xff\xffWAVEfmt ", b"FORM\0\0\1\0AIFF", b"fLaC\0\0\0\x22", b"OggS\0\2", b"ID3\4\0\0",
    b"\xff\xfb\x90\x00", b"\xff\xf1\x50\x80", b"\0\0\0\x18ftypM4A ", b"\x1a\x45\xdf\xa3", b"caff\0\1\0\0",
    b".snd", b"MAC \x96\x0f", b"TTA1", b"wvpk",
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(beginning=st.sampled_from(BEGINNINGS), rest=st.binary(max_size=3000))
def test_invented_files_are_survived(tmp_path, beginning, rest):
    path = tmp_path / "invented"
    path.write_bytes(beginning + rest)
    survive(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.floats(width=32), max_size=400),
    channels=st.integers(1, 6),
    rate_hz=st.sampled_from((1_000, 8_000, 22_050, 44_100, 192_000)),
)
def test_any_samples_whatever_are_survived(write, values, channels, rate_hz):
    samples = np.array(values[: len(values) // channels * channels], np.float32).reshape(-1, channels)
    survive(write(samples, "any.wav", rate_hz=rate_hz))
