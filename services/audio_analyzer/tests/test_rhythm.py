import librosa
import numpy as np
import pytest

from services.audio_analyzer.mel import DecibelStore, mel_power, to_decibels
from services.audio_analyzer.rhythm import FRAME_RATE_HZ, find_onsets, find_tempo, onset_strength
from services.audio_analyzer.stft import Stft
from services.audio_analyzer.tests.conftest import clicks, noise, saw, sine, times_s

RATE_HZ = 22_050


def strength_of(samples: np.ndarray) -> np.ndarray:
    store, stft = DecibelStore(), Stft()
    for spectra in (*stft.push(samples.astype(np.float32)), *stft.finish()):
        store.push(to_decibels(mel_power(spectra.power)))
    return onset_strength(store)


def test_onset_strength_is_that_of_librosa():
    samples = clicks(120, 4, rate_hz=RATE_HZ) + noise(4, peak=0.001, rate_hz=RATE_HZ)
    theirs = librosa.onset.onset_strength(y=samples, sr=RATE_HZ)
    np.testing.assert_allclose(strength_of(samples)[: len(theirs)], theirs, atol=5e-3)


@pytest.mark.parametrize("bpm", [72.5, 90, 100, 107, 120, 128, 133.3, 140, 150, 174])
@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_the_tempo_of_a_click_track_is_found_to_half_a_percent(analyze, bpm, rate_hz):
    values = analyze(clicks(bpm, 8, rate_hz=rate_hz), rate_hz=rate_hz).descriptors
    assert values["bpm"] == pytest.approx(bpm, rel=0.005)
    assert values["bpm_confidence"] > 0.7


@pytest.mark.parametrize("bpm", [90, 120, 128])
def test_softer_clicks_between_the_beats_do_not_double_the_tempo(analyze, bpm):
    track = clicks(bpm, 8) + clicks(2 * bpm, 8, peak=0.2)
    assert analyze(track).descriptors["bpm"] == pytest.approx(bpm, rel=0.005)


def test_onsets_are_counted_and_placed_to_a_frame():
    samples = clicks(100, 6, rate_hz=RATE_HZ)
    onsets = find_onsets(strength_of(samples), begins_at_once=True) / FRAME_RATE_HZ
    expected = np.arange(10) * 0.6
    assert len(onsets) == len(expected)
    np.testing.assert_allclose(onsets, expected, atol=2 / FRAME_RATE_HZ)


@pytest.mark.parametrize(
    "samples", [noise(8), saw(110, 8, peak=0.1), sine(440, 8)], ids=["noise", "saw", "sine"]
)
def test_what_has_no_beat_has_no_tempo(analyze, samples):
    values = analyze(samples).descriptors
    assert values["bpm"] is None
    assert values["onset_rate_hz"] < 1


def test_a_single_hit_is_one_onset_without_a_tempo(analyze):
    values = analyze(sine(100) * np.exp(-8 * times_s(1))).descriptors
    assert values["onset_rate_hz"] == pytest.approx(1)
    assert values["bpm"] is values["bpm_confidence"] is None


@pytest.mark.parametrize("n", [1, 2, 10, 40])
def test_too_little_to_tell_gives_no_tempo(n):
    assert find_tempo(np.zeros(n, np.float32)) == (0.0, 0.0)
