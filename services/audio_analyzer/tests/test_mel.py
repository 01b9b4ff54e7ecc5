import librosa
import numpy as np
import pytest

from services.audio_analyzer.mel import (
    DecibelStore,
    mel_filters,
    mel_power,
    to_decibels,
)


def test_filters_are_those_of_librosa():
    np.testing.assert_allclose(mel_filters(), librosa.filters.mel(sr=22_050, n_fft=2048), atol=1e-8)


def test_mel_power_applies_the_filters():
    power = np.random.default_rng(0).random((7, 1025), np.float32)
    np.testing.assert_allclose(mel_power(power), power @ mel_filters().T, rtol=1e-5)


def test_the_store_keeps_decibels_to_a_few_thousandths_and_cuts_80_under_the_loudest():
    decibels = np.random.default_rng(0).uniform(-120, 60, (9000, 4)).astype(np.float32)
    store = DecibelStore(4)
    for part in np.array_split(decibels, 50):
        store.push(part)
    read = np.concatenate(list(store.read()))
    assert len(list(store.read())) > 1
    np.testing.assert_allclose(read, np.maximum(decibels, decibels.max() - 80), atol=0.0021)


def test_decibels_have_a_floor():
    assert to_decibels(np.array([0, 1e-20, 1, 100], np.float32)).tolist() == pytest.approx(
        [-100, -100, 0, 20]
    )
