import base64

import numpy as np
import pytest

from services.audio_analyzer.fingerprint import (
    MAX_FRAMES,
    N_BANDS,
    Fingerprinter,
    decode,
    encode,
    halved,
    to_levels,
)
from services.audio_analyzer.mel import N_MELS
from services.audio_analyzer.tests.conftest import noise, saw
from shared.python.errors import UnsupportedError


def fingerprint_of(mel: np.ndarray, *, block: int = 64) -> str:
    fingerprinter = Fingerprinter()
    for start in range(0, len(mel), block):
        fingerprinter.push(mel[start : start + block])
    text = encode(fingerprinter.finish())
    assert text is not None
    return text


def some_mel(n_frames: int) -> np.ndarray:
    return np.random.default_rng(n_frames).gamma(0.5, size=(n_frames, N_MELS)).astype(np.float32)


def test_levels_are_steps_of_three_decibels_under_the_loudest():
    power = np.zeros((3, N_BANDS), np.float32)
    power[:, 0] = 7.0, 7.0 * 10**-0.3, 7.0 * 10**-4.3
    power[0, 1:4] = 7.0 * 10**-2.99, 7.0 * 10**-4.6, 7.0 * 10**-9
    levels = to_levels(power)
    assert levels[:, 0].tolist() == [15, 14, 1]
    assert levels[0, 1:5].tolist() == [5, 0, 0, 0]


def test_what_is_written_is_read_again():
    mel = some_mel(200)
    scale, levels = decode(fingerprint_of(mel))
    bands = mel.reshape(200, N_BANDS, -1).sum(axis=2)
    assert scale == 0
    np.testing.assert_array_equal(levels, to_levels(bands))


@pytest.mark.parametrize(("n_frames", "scale"), [(256, 0), (257, 1), (512, 1), (513, 2), (40_000, 8)])
def test_a_long_sound_is_told_at_a_lower_rate_in_the_same_space(n_frames, scale):
    text = fingerprint_of(some_mel(n_frames))
    found, levels = decode(text)
    assert found == scale
    assert MAX_FRAMES // 2 - 1 <= len(levels) <= MAX_FRAMES
    assert len(base64.b64decode(text)) <= 2 + 2048


def test_how_a_sound_arrives_makes_no_difference():
    mel = some_mel(20_000)
    assert fingerprint_of(mel, block=64) == fingerprint_of(mel, block=7000)


def test_halving_smooths_and_keeps_every_second_frame():
    power = np.zeros((5, N_BANDS), np.float32)
    power[2] = 4.0
    assert halved(power)[:, 0].tolist() == [0, 2, 0]
    power[:] = 0
    power[3] = 4.0
    assert halved(power)[:, 0].tolist() == [0, 1, 1]


def test_silence_around_a_sound_is_not_told():
    quiet = np.zeros((50, N_MELS), np.float32)
    mel = some_mel(30)
    assert fingerprint_of(np.concatenate((quiet, mel, quiet))) == fingerprint_of(mel)


def test_silence_has_no_fingerprint(analyze):
    fingerprinter = Fingerprinter()
    fingerprinter.push(np.zeros((10, N_MELS), np.float32))
    assert fingerprinter.finish() is None
    assert Fingerprinter().finish() is None
    assert analyze(np.zeros(20_000, np.float32)).fingerprint is None


def test_an_analysis_holds_the_fingerprint_and_gain_cancels_out(analyze):
    sound = saw(220, 1.0) + noise(1.0)
    loud, quiet = analyze(sound), analyze(sound / 4)
    _, levels = decode(loud.fingerprint)
    assert 40 <= len(levels) <= 44
    assert loud.fingerprint == quiet.fingerprint
    assert loud.audio_hash != quiet.audio_hash


@pytest.mark.parametrize(
    "text", ["", "not base64!", "AQ==", base64.b64encode(bytes((2, 0, *range(8)))).decode()]
)
def test_what_is_no_fingerprint_of_this_version_is_refused(text):
    with pytest.raises(UnsupportedError, match="no fingerprint"):
        decode(text)
