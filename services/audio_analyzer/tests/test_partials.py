import numpy as np
import pytest

from services.audio_analyzer.partials import MAX_PARTIALS, Partials, find_partials
from services.audio_analyzer.stft import Spectra, Stft
from services.audio_analyzer.tests.conftest import saw, sine

RATE_HZ = 22_050


def partials_of(samples: np.ndarray) -> Partials:
    """Give the partials of the middle frames, which are free of the edges."""
    blocks = list(Stft().push(samples.astype(np.float32)))
    return find_partials(Spectra(blocks[0].magnitude[8:24], blocks[0].power[8:24]))


@pytest.mark.parametrize("frequency_hz", [220.0, 440.0, 997.3, 3_333.3])
def test_a_sine_is_one_partial_found_between_the_bins(frequency_hz):
    found = partials_of(sine(frequency_hz, 2, rate_hz=RATE_HZ))
    np.testing.assert_allclose(found.frequencies_hz[:, 0], frequency_hz, rtol=5e-4)
    assert (found.amplitudes[:, 1:] < 0.01 * found.amplitudes[:, :1]).all()


def test_a_saw_has_its_harmonics_strongest_first():
    found = partials_of(saw(200, 2, rate_hz=RATE_HZ))
    np.testing.assert_allclose(found.frequencies_hz[:, :8], [np.arange(1, 9) * 200.0] * 16, rtol=2e-3)
    ratios = found.amplitudes[:, :8] / found.amplitudes[:, :1]
    np.testing.assert_allclose(ratios, [1 / np.arange(1, 9)] * 16, rtol=0.1)


def test_silence_has_no_partials_and_no_roughness():
    found = partials_of(np.zeros(2 * RATE_HZ))
    assert not found.amplitudes.any()
    assert not found.roughness.any()


def test_no_frame_has_more_than_the_most():
    chaos = np.random.default_rng(0).standard_normal(2 * RATE_HZ)
    found = partials_of(chaos)
    assert found.frequencies_hz.shape == (16, MAX_PARTIALS)
    assert (np.diff(found.amplitudes, axis=1) <= 0).all()


def test_two_tones_are_roughest_about_a_quarter_of_a_critical_band_apart():
    def roughness(apart_hz):
        pair = sine(1_000, 2, rate_hz=RATE_HZ) + sine(1_000 + apart_hz, 2, rate_hz=RATE_HZ)
        return float(partials_of(pair).roughness.mean())

    assert roughness(60) > roughness(200) > roughness(400) >= 0
