"""Mel spectrograms of the usual recipes, against librosa."""

import librosa
import numpy as np
import pytest

from services.audio_analyzer.embedding.manifest import MelInput
from services.audio_analyzer.embedding.mel_input import MelSpectrogram, mel_filters

RATE_HZ = 16_000
NOISE = np.random.default_rng(0).normal(0, 0.1, (3, 8_000)).astype(np.float32)


def recipe(**fields: object) -> MelInput:
    return MelInput.model_validate(
        {"kind": "mel", "n_mels": 40, "n_fft": 1024, "hop_samples": 160, "log": "none"} | fields
    )


@pytest.mark.parametrize("scale", ["slaney", "htk"])
@pytest.mark.parametrize("norm", ["slaney", "none"])
@pytest.mark.parametrize("limits", [(0.0, None), (125.0, 7_500.0)])
def test_filters_are_those_of_librosa(scale: str, norm: str, limits: tuple[float, float | None]) -> None:
    f_min_hz, f_max_hz = limits
    ours = mel_filters(
        recipe(scale=scale, norm=norm, f_min_hz=f_min_hz, f_max_hz=f_max_hz), sample_rate_hz=RATE_HZ
    )
    theirs = librosa.filters.mel(
        sr=RATE_HZ, n_fft=1024, n_mels=40, fmin=f_min_hz, fmax=f_max_hz,
        htk=scale == "htk", norm=None if norm == "none" else norm,
    )  # fmt: skip
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)


def test_filters_can_be_straight_over_mels() -> None:
    ours = mel_filters(
        recipe(scale="htk", norm="none", triangles="mel", f_min_hz=125, f_max_hz=7_500),
        sample_rate_hz=RATE_HZ,
    )
    # As tf.signal.linear_to_mel_weight_matrix defines them: a filter falls by 1 from its middle to the next.
    low, high = librosa.hz_to_mel([125, 7_500], htk=True)
    mels = librosa.hz_to_mel(np.arange(513) * RATE_HZ / 1024, htk=True)
    middles = low + (high - low) / 41 * np.arange(1, 41)
    theirs = np.maximum(0, 1 - np.abs(mels - middles[:, None]) * 41 / (high - low))
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert (
        mel_filters(recipe(scale="htk", norm="slaney", triangles="mel"), sample_rate_hz=RATE_HZ) < 0.1
    ).all()


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("window_samples", [1024, 400])
@pytest.mark.parametrize(("padding", "theirs"), [("zeros", "constant"), ("reflect", "reflect")])
def test_padded_spectrograms_are_those_of_librosa(
    power: int, window_samples: int, padding: str, theirs: str
) -> None:
    ours = MelSpectrogram(
        recipe(power=power, window_samples=window_samples, padding=padding), sample_rate_hz=RATE_HZ
    )(NOISE)
    expected = librosa.feature.melspectrogram(
        y=NOISE, sr=RATE_HZ, n_fft=1024, hop_length=160, win_length=window_samples, n_mels=40,
        power=power, pad_mode=theirs,
    )  # fmt: skip
    assert ours.shape == expected.shape == (3, 40, 51)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, expected, rtol=2e-4)


def test_unpadded_frames_begin_with_the_first_sample() -> None:
    made = recipe(window_samples=400, padding="none", n_fft=512, power=1)
    ours = MelSpectrogram(made, sample_rate_hz=RATE_HZ)(NOISE)
    assert ours.shape == (3, 40, 1 + (8_000 - 400) // 160)
    frame = NOISE[1, 160:560] * np.hanning(401)[:400]
    expected = mel_filters(made, sample_rate_hz=RATE_HZ) @ np.abs(np.fft.rfft(frame, 512))
    np.testing.assert_allclose(ours[1, :, 1], expected, rtol=1e-4)


def test_logarithms_and_standardising_are_applied_in_order() -> None:
    power = MelSpectrogram(recipe(), sample_rate_hz=RATE_HZ)(NOISE)
    natural = recipe(log="natural", floor=0.02, offset=0.01)
    decibel = recipe(log="decibel", floor=0.02, mean=-20.0, std=10.0)
    assert (power < 0.02).any() and (power > 0.02).any()
    np.testing.assert_allclose(
        MelSpectrogram(natural, sample_rate_hz=RATE_HZ)(NOISE),
        np.log(np.maximum(power, 0.02) + 0.01),
        rtol=1e-4,
    )
    np.testing.assert_allclose(
        MelSpectrogram(decibel, sample_rate_hz=RATE_HZ)(NOISE),
        (10 * np.log10(np.maximum(power, 0.02)) + 20) / 10,
        rtol=1e-4, atol=1e-4,
    )  # fmt: skip


def test_silence_gives_finite_values() -> None:
    silence = np.zeros((1, 8_000), np.float32)
    assert np.isfinite(MelSpectrogram(recipe(log="decibel"), sample_rate_hz=RATE_HZ)(silence)).all()
