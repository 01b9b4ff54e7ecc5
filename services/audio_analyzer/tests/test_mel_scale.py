import librosa
import numpy as np
import pytest

from services.audio_analyzer.mel_scale import (
    equal_area,
    htk_mel_to_hz,
    hz_to_htk_mel,
    hz_to_mel,
    mel_to_hz,
    triangles,
)

FREQUENCIES_HZ = np.array([0.0, 100, 999, 1000, 1001, 8000])


@pytest.mark.parametrize(("there", "back"), [(hz_to_mel, mel_to_hz), (hz_to_htk_mel, htk_mel_to_hz)])
def test_mel_scales_go_there_and_back(there, back):
    np.testing.assert_allclose(back(there(FREQUENCIES_HZ)), FREQUENCIES_HZ, atol=1e-9)


def test_mel_scales_are_those_of_librosa():
    assert hz_to_mel(1000) == pytest.approx(15)
    np.testing.assert_allclose(hz_to_mel(FREQUENCIES_HZ), librosa.hz_to_mel(FREQUENCIES_HZ))
    np.testing.assert_allclose(hz_to_htk_mel(FREQUENCIES_HZ), librosa.hz_to_mel(FREQUENCIES_HZ, htk=True))


def test_triangles_rise_from_edge_to_edge_and_fall():
    edges = np.array([0.0, 10, 30, 60])
    bins = np.arange(61.0)
    tall = triangles(edges, bins)
    assert tall.shape == (2, 61)
    np.testing.assert_allclose(
        tall[:, [0, 5, 10, 20, 30, 45, 60]], [[0, 0.5, 1, 0.5, 0, 0, 0], [0, 0, 0, 0.5, 1, 0.5, 0]]
    )
    np.testing.assert_allclose((tall * equal_area(edges)).sum(axis=1), [1, 1])
