"""Analytic spectra, and librosa as the oracle wherever definitions agree."""

import librosa
import numpy as np
import pytest

from services.audio_analyzer.tests.conftest import REAL_SOUNDS, noise, saw, sine

RELATIVE = 1e-4


def oracle(samples: np.ndarray) -> dict[str, float]:
    magnitude = np.abs(librosa.stft(samples))
    feature = librosa.feature
    mel_db = librosa.power_to_db(feature.melspectrogram(y=samples, sr=22_050))
    values = {
        "rms_mean": feature.rms(y=samples).mean(),
        "zero_crossing_rate": feature.zero_crossing_rate(samples).mean(),
        "spectral_centroid_hz": feature.spectral_centroid(S=magnitude).mean(),
        "spectral_centroid_std_hz": feature.spectral_centroid(S=magnitude).std(),
        "spectral_bandwidth_hz": feature.spectral_bandwidth(S=magnitude).mean(),
        "spectral_rolloff_hz": feature.spectral_rolloff(S=magnitude).mean(),
        "spectral_flatness": feature.spectral_flatness(S=magnitude).mean(),
        "mel_mean_db": mel_db.mean(),
    }
    return {name: float(value) for name, value in values.items()}


def mfcc_oracle(samples: np.ndarray) -> np.ndarray:
    coefficients = librosa.feature.mfcc(y=samples, sr=22_050, n_mfcc=20)
    return np.stack((coefficients.mean(axis=1), coefficients.std(axis=1)))


def mfcc_measured(descriptors: dict) -> np.ndarray:
    return np.array([[descriptors[f"mfcc_{i:02}_{kind}"] for i in range(1, 21)] for kind in ("mean", "std")])


@pytest.mark.parametrize(
    "samples",
    [
        noise(3),
        saw(110, 2),
        noise(2) * np.exp(-3 * np.arange(88_200) / 44_100),
        saw(220, 1) + noise(1, peak=0.01),
    ],
    ids=["noise", "saw", "dying noise", "saw in noise"],
)
def test_values_are_those_of_librosa(analyze, write, samples):
    descriptors = analyze(samples).descriptors
    heard, _ = librosa.load(write(samples, "for_librosa.wav"), sr=22_050)
    expected = oracle(heard)
    for name, value in expected.items():
        assert descriptors[name] == pytest.approx(value, rel=RELATIVE), name
    theirs = mfcc_oracle(heard)
    np.testing.assert_allclose(mfcc_measured(descriptors), theirs, atol=RELATIVE * np.abs(theirs).max())


def test_a_sine_has_its_centre_at_its_frequency(analyze):
    values = analyze(sine(3_000, 1)).descriptors
    assert values["spectral_centroid_hz"] == pytest.approx(3_000, rel=0.03)
    assert values["noisiness"] < 0.01
    assert values["brightness"] > 0.99
    assert values["warmth"] < 0.01


def test_white_noise_is_flat_and_spread_evenly(analyze):
    values = analyze(noise(3, rate_hz=22_050), rate_hz=22_050).descriptors  # no resampling: flat to the end
    assert values["spectral_centroid_hz"] == pytest.approx(22_050 / 4, rel=0.02)
    assert values["noisiness"] > 0.8
    assert values["brightness"] == pytest.approx(1 - 1_500 / 11_025, abs=0.03)
    assert values["warmth"] == pytest.approx(500 / 11_025, abs=0.02)


def test_brightness_noisiness_and_roughness_order_sounds_as_the_ear_does(analyze):
    dark, bright = analyze(saw(110)).descriptors, analyze(saw(1_760)).descriptors
    assert dark["brightness"] < bright["brightness"]
    assert dark["warmth"] > bright["warmth"]
    fifth = analyze(sine(440) + sine(660)).descriptors
    second = analyze(sine(440) + sine(466.2)).descriptors
    assert second["roughness"] > 3 * fifth["roughness"]
    assert analyze(sine(440) + noise(peak=0.05)).descriptors["noisiness"] > fifth["noisiness"]


def test_a_changing_spectrum_has_more_flux_than_a_steady_one(analyze):
    notes = np.concatenate([sine(f, 0.1) for f in (300, 900, 2_000, 500, 1_500) * 3])
    assert (
        analyze(notes).descriptors["spectral_flux"] > 5 * analyze(sine(440, 1.5)).descriptors["spectral_flux"]
    )


def test_real_sounds_are_installed():
    assert REAL_SOUNDS.is_dir(), "install the Debian package sonic-pi-samples"
