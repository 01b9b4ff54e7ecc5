import base64

import numpy as np
import pytest

from services.audio_analyzer.peaks import MAX_SPANS, Outline
from services.audio_analyzer.tests.conftest import noise


def outline(samples: np.ndarray, block: int = 4096) -> np.ndarray:
    samples = samples.astype(np.float32).reshape(len(samples), -1)
    collected = Outline()
    for start in range(0, len(samples), block):
        collected.push(samples[start : start + block])
    peaks = collected.finish()
    data = np.frombuffer(base64.b64decode(peaks.data), np.int8).reshape(-1, 2)
    assert len(data) == peaks.n
    return data


def test_a_short_sound_is_outlined_sample_by_sample():
    samples = np.array([0.0, 1.0, -1.0, 0.5, 2.0])
    assert outline(samples).tolist() == [[0, 0], [127, 127], [-127, -127], [64, 64], [127, 127]]


@pytest.mark.parametrize("n", [1, 999, 1000, 1001, 1999, 2001, 44_100, 1_000_003])
def test_there_are_never_more_spans_than_a_screen_shows(n):
    spans = outline(noise(n / 44_100)[:n])
    assert min(n, 500) <= len(spans) <= MAX_SPANS
    assert (spans[:, 0] <= spans[:, 1]).all()


@pytest.mark.parametrize("at", [0, 12_345, 88_199])
def test_an_impulse_stands_where_it_is(at):
    samples = np.zeros(88_200)
    samples[at] = -0.5
    spans = outline(samples)
    found = np.flatnonzero(spans[:, 0])
    assert len(found) == 1
    assert found[0] / len(spans) == pytest.approx(at / 88_200, abs=2 / len(spans))


def test_the_outline_spans_all_channels_and_any_blocks():
    stereo = np.stack((np.abs(noise(1)), -np.abs(noise(1, seed=1))), axis=1)
    spans = outline(stereo)
    assert spans[:, 0].max() < 0 < spans[:, 1].min()
    np.testing.assert_array_equal(spans, outline(stereo, block=777))
