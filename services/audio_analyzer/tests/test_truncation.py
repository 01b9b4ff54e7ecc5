"""Every format, cut off at every tenth byte: an error, or a part that says so; never passed off as whole."""

import itertools

import numpy as np
import pytest

from services.audio_analyzer.decode import open_sound
from services.audio_analyzer.sniff import adts_frame_length
from services.audio_analyzer.tests.specimens import NAMES, specimens
from shared.python.errors import TonotopeError

STEP_BYTES = 10
# Seven times as long as any other.
STEPS_BYTES = {"tone_alac.m4a": 90}


@pytest.fixture(scope="module")
def contents():
    return specimens()


def heard(path) -> tuple[np.ndarray, bool]:
    with open_sound(path) as sound:
        return np.concatenate(list(sound.blocks())), sound.truncated


def frame_ends(content: bytes) -> set[int]:
    ends = {0}
    while length := adts_frame_length(content[max(ends) : max(ends) + 7]):
        ends.add(max(ends) + length)
    return ends


@pytest.mark.parametrize("name", NAMES)
def test_a_file_cut_off_anywhere_never_passes_for_whole(name, contents, tmp_path):
    content, path = contents[name], tmp_path / name
    path.write_bytes(content)
    whole, truncated = heard(path)
    assert not truncated
    # Bare AAC tells no length: the only clean cuts that there are.
    silent_cuts = frame_ends(content) if name == "tone.aac" else set()
    passed_off = []
    for length in itertools.chain(
        range(0, len(content), STEPS_BYTES.get(name, STEP_BYTES)), [len(content) - 1]
    ):
        path.write_bytes(content[:length])
        try:
            samples, truncated = heard(path)
        except TonotopeError:
            continue
        is_whole = samples.shape == whole.shape and np.array_equal(samples, whole)
        if not truncated and not is_whole and length not in silent_cuts:
            passed_off.append(length)
    assert passed_off == []
