import librosa
import numpy as np
import pytest

from services.audio_analyzer.envelope import EnvelopeFollower
from services.audio_analyzer.mel import DecibelStore, mel_power, to_decibels
from services.audio_analyzer.rhythm import Rhythm, measure_rhythm, onset_strength
from services.audio_analyzer.stft import Stft
from services.audio_analyzer.tests.conftest import clicks, noise, saw, sine, times_s

RATE_HZ = 22_050


def mel_db_of(samples: np.ndarray) -> DecibelStore:
    store, stft = DecibelStore(), Stft()
    for spectra in (*stft.push(samples.astype(np.float32)), *stft.finish()):
        store.push(to_decibels(mel_power(spectra.power)))
    return store


def rhythm_of(samples: np.ndarray, *, begins_at_once: bool = True) -> Rhythm:
    """Give the rhythm of a sound at the analysis rate."""
    envelope = EnvelopeFollower()
    envelope.push(samples.astype(np.float32))
    return measure_rhythm(
        mel_db_of(samples),
        levels=envelope.finish(),
        duration_s=len(samples) / RATE_HZ,
        begins_at_once=begins_at_once,
    )


def test_onset_strength_is_that_of_librosa():
    samples = clicks(120, 4, rate_hz=RATE_HZ) + noise(4, peak=0.001, rate_hz=RATE_HZ)
    theirs = librosa.onset.onset_strength(y=samples, sr=RATE_HZ)
    np.testing.assert_allclose(onset_strength(mel_db_of(samples))[: len(theirs)], theirs, atol=5e-3)


def test_onset_strength_of_a_long_sound_has_no_seams():
    samples = noise(100, rate_hz=RATE_HZ)  # more frames than are read at once
    theirs = librosa.onset.onset_strength(y=samples, sr=RATE_HZ)
    np.testing.assert_allclose(onset_strength(mel_db_of(samples))[: len(theirs)], theirs, atol=5e-3)


@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_a_document_tells_tempo_alternatives_beats_and_onsets(analyze, rate_hz):
    document = analyze(clicks(107, 8, rate_hz=rate_hz), rate_hz=rate_hz)
    assert document.descriptors["bpm"] == pytest.approx(107, rel=0.005)
    assert document.descriptors["bpm_confidence"] > 0.7
    assert any(other.bpm == pytest.approx(53.5, rel=0.005) for other in document.bpm_alternatives)
    expected = np.arange(14) * 60 / 107
    np.testing.assert_allclose(document.onsets_s, expected, atol=0.01)
    np.testing.assert_allclose(document.beats_s[:14], expected, atol=0.01)


@pytest.mark.parametrize("bpm", [90, 120, 128])
def test_softer_clicks_between_the_beats_do_not_double_the_tempo(bpm):
    track = clicks(bpm, 8, rate_hz=RATE_HZ) + clicks(2 * bpm, 8, peak=0.2, rate_hz=RATE_HZ)
    assert rhythm_of(track).descriptors["bpm"] == pytest.approx(bpm, rel=0.005)


@pytest.mark.parametrize(
    "samples",
    [noise(8, rate_hz=RATE_HZ), saw(110, 8, peak=0.1, rate_hz=RATE_HZ), sine(440, 8, rate_hz=RATE_HZ)],
    ids=["noise", "saw", "sine"],
)
def test_what_has_no_beat_has_no_tempo(samples):
    rhythm = rhythm_of(samples)
    assert rhythm.descriptors["bpm"] is None
    assert rhythm.beats_s == rhythm.alternatives == ()
    assert rhythm.descriptors["onset_rate_hz"] < 1


def test_a_single_hit_is_one_onset_without_a_tempo(analyze):
    document = analyze(sine(100) * np.exp(-8 * times_s(1)))
    assert document.descriptors["onset_rate_hz"] == pytest.approx(1)
    assert document.onsets_s == (0.0,)
    assert document.descriptors["bpm"] is document.descriptors["bpm_confidence"] is None


def test_silence_has_no_onsets(analyze):
    document = analyze(np.zeros(88_200))
    assert document.onsets_s == document.beats_s == ()


@pytest.mark.parametrize("n", [1, 2, 511, 512, 3_000])
def test_too_little_to_tell_gives_no_tempo(n):
    assert rhythm_of(0.1 * np.ones(n)).descriptors["bpm"] is None
