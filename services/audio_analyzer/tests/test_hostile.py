"""Damaged and invented files in the worker's real child: a result without NaN, or a reason; nothing else.

All is drawn from one seed, which a test that fails tells; `HOSTILE_SEED` in the environment sets another.
"""

import hashlib
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.audio_analyzer.nodes import NODE_VERSION
from services.audio_analyzer.tests.specimens import specimens
from services.audio_analyzer.tests.strict import analyze_file
from services.audio_analyzer.tests.test_worker import ChildTask
from services.audio_analyzer.worker import MEMORY_BYTES, analyze_audio
from shared.python.child import Child, ChildSettings
from shared.python.errors import TonotopeError
from shared.python.messages import AnalyzeAudio
from shared.python.models import AudioFile, FailureCode, Outcome
from shared.python.storage import file_url

SEED = int(os.environ.get("HOSTILE_SEED", "5"))
CASES_PER_SPECIMEN = 45
ENDED_BADLY = {FailureCode.CRASHED, FailureCode.TIMED_OUT, FailureCode.OUT_OF_MEMORY, FailureCode.UNAVAILABLE}


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


def repeat(content: bytearray, dice: random.Random) -> bytearray:
    start = dice.randrange(len(content))
    part = content[start : start + dice.randrange(1, 3000)]
    content[start:start] = part * dice.randrange(1, 4)
    return content


def shift_a_bit(content: bytearray, dice: random.Random) -> bytearray:
    content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    return content


DAMAGES: tuple[Callable[[bytearray, random.Random], bytearray], ...] = (
    cut, scratch, lie_in_the_header, leave_out, put_in, repeat, shift_a_bit,
)  # fmt: skip


def damaged(whole: Mapping[str, bytes], dice: random.Random) -> dict[str, bytes]:
    """Give damaged files by names that tell what was done to them."""
    files = {}
    for name, content in whole.items():
        for number in range(CASES_PER_SPECIMEN):
            damage = dice.choice(DAMAGES)
            files[f"{name}-{number}-{damage.__name__}"] = bytes(damage(bytearray(content), dice))
    return files


@pytest.fixture
async def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ChildTask]:
    monkeypatch.setenv("STORAGE_URL", file_url(tmp_path / "blobs"))
    preload = ("services.audio_analyzer.tests.strict",)
    child = Child(ChildSettings(preload=preload, memory_bytes=MEMORY_BYTES))
    yield ChildTask(child)
    await child.stop()


async def outcomes(files: Mapping[str, bytes], task: ChildTask, directory: Path) -> dict[str, str]:
    """Give what the worker makes of each file: ``analyzed``, or its failure's code."""
    described = []
    for name, content in files.items():
        path = directory / name
        path.write_bytes(content)
        content_hash = hashlib.sha256(name.encode() + content).hexdigest()
        described.append(
            AudioFile(content_hash=content_hash, url=file_url(path), path=name, size_bytes=len(content))
        )
    command = AnalyzeAudio(job_id="a" * 32, files=tuple(described), node_version=NODE_VERSION)
    event = await analyze_audio(command, task)  # type: ignore[arg-type]
    return {
        name: "analyzed" if result.outcome == Outcome.ANALYZED else str(FailureCode(result.code or ""))
        for name, result in zip(files, event.files, strict=True)
    }


async def test_a_thousand_damaged_files_crash_no_child_and_every_one_has_its_result(task, tmp_path):
    whole = specimens()
    assert set((await outcomes(whole, task, tmp_path)).values()) == {"analyzed"}
    files = damaged(whole, random.Random(SEED))
    assert len(files) >= 1_000
    found = await outcomes(files, task, tmp_path)
    assert [name for name, outcome in found.items() if outcome in ENDED_BADLY] == [], f"HOSTILE_SEED={SEED}"
    assert task.calls == ["analyze_all", "analyze_all"], f"the child died on the way; HOSTILE_SEED={SEED}"
    counts = Counter(found.values())
    assert min(counts["analyzed"], counts["corrupt"], counts["not_audio"]) > 5, counts


BEGINNINGS = (
    b"", b"RIFF\xff\xff\xff\xffWAVEfmt ", b"FORM\0\0\1\0AIFF", b"fLaC\0\0\0\x22", b"OggS\0\2", b"ID3\4\0\0",
    b"\xff\xfb\x90\x00", b"\xff\xf1\x50\x80", b"\0\0\0\x18ftypM4A ", b"\x1a\x45\xdf\xa3", b"caff\0\1\0\0",
    b".snd", b"MAC \x96\x0f", b"TTA1", b"wvpk", b"Creative Voice File\x1a\x1a\0\x0a\1",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c", b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb",
)  # fmt: skip


def survive(path: Path) -> str:
    try:
        analyze_file(path, content_hash="0" * 64)
    except TonotopeError as error:
        return FailureCode(error.code)
    return "analyzed"


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
