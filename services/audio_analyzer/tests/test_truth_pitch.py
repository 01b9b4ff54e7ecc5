"""Voices whose fundamental is known because they were made from it; for real sounds pYIN is a second opinion.

A voice is a source (a train of glottal pulses falling 12 dB an octave, with breath) through a filter (three
formants of a vowel), after Fant, "Acoustic Theory of Speech Production" (1960); formants are those of men in
Peterson and Barney, "Control methods used in a study of the vowels", JASA 24 (1952).
"""

import librosa
import numpy as np
import pytest
import scipy.signal
import soundfile

from services.audio_analyzer.partials import find_partials
from services.audio_analyzer.pitch import PitchTracker
from services.audio_analyzer.stft import HOP_SAMPLES, Stft
from services.audio_analyzer.tests.conftest import REAL_SOUNDS, noise, saw, sine, times_s

RATE_HZ = 22_050
VOWELS = {
    "a": (730, 1_090, 2_440),
    "e": (530, 1_840, 2_480),
    "i": (270, 2_290, 3_010),
    "o": (570, 840, 2_410),
    "u": (300, 870, 2_240),
}


def wandering(n: int, *, seed: int) -> np.ndarray:
    """Give a slow random curve of unit deviation, a new value every 4.5 ms."""
    at = np.arange(0, n + 200, 100)
    return np.interp(np.arange(n), at, np.random.default_rng(seed).standard_normal(len(at)))


def voice(
    f0_hz: np.ndarray, vowel: str, *, breath: float = 0.05, jitter: float = 0.005, shimmer: float = 0.05
) -> np.ndarray:
    n, t = len(f0_hz), times_s(len(f0_hz) / RATE_HZ, RATE_HZ)
    phase = np.cumsum(f0_hz * (1 + jitter * wandering(n, seed=1))) / RATE_HZ
    harmonics = range(1, int(10_000 / f0_hz.min()) + 1)
    source = sum((f0_hz * k < 10_000) * np.sin(2 * np.pi * k * phase) / k**2 for k in harmonics)
    source = source * (1 + shimmer * wandering(n, seed=2))
    source += breath * np.sqrt(np.mean(source**2)) * noise(n / RATE_HZ, peak=1, rate_hz=RATE_HZ)[:n]
    for centre_hz, width_hz in zip(VOWELS[vowel], (80, 100, 140), strict=True):
        r = np.exp(-np.pi * width_hz / RATE_HZ)
        pole = [1, -2 * r * np.cos(2 * np.pi * centre_hz / RATE_HZ), r * r]
        source = scipy.signal.lfilter([1 - r], pole, source)
    spoken = source * np.minimum(1, np.minimum(t, t[::-1]) / 0.03)
    return (0.5 * spoken / np.abs(spoken).max()).astype(np.float32)


def vibrato(f0_hz: float, duration_s: float = 1.5) -> np.ndarray:
    return f0_hz * 2 ** (50 / 1_200 * np.sin(2 * np.pi * 5.5 * times_s(duration_s, RATE_HZ)))


def glide(from_hz: float, to_hz: float, duration_s: float) -> np.ndarray:
    return from_hz * (to_hz / from_hz) ** (times_s(duration_s, RATE_HZ) / duration_s)


def tracker(samples: np.ndarray) -> PitchTracker:
    stft, found = Stft(), PitchTracker()
    for spectra in (*stft.push(samples.astype(np.float32)), *stft.finish()):
        found.push(spectra, find_partials(spectra))
    return found


def cents(measured_hz: np.ndarray, true_hz: np.ndarray) -> np.ndarray:
    return 1_200 * np.abs(np.log2(measured_hz / true_hz))


@pytest.mark.parametrize("vowel", VOWELS)
def test_a_sung_note_has_its_pitch_from_bass_to_soprano(vowel):
    for f0_hz in (82, 110, 165, 220, 330, 520, 880):
        values = tracker(voice(vibrato(f0_hz), vowel)).descriptors()
        assert values["pitch_hz"] == pytest.approx(f0_hz, rel=0.005), f0_hz
        assert values["voicing"] > 0.95, f0_hz
        assert values["pitch_range_semitones"] == pytest.approx(0.95, abs=0.4), f0_hz


@pytest.mark.parametrize("vowel", VOWELS)
def test_every_frame_of_a_glide_is_followed(vowel):
    f0_hz = glide(120, 300, 2)
    measured, _ = tracker(voice(f0_hz, vowel)).track()
    true = f0_hz[np.minimum(np.arange(len(measured)) * HOP_SAMPLES, len(f0_hz) - 1)]
    inside = slice(3, -3)
    assert (measured[inside] > 0).all()
    assert np.max(cents(measured[inside], true[inside])) < 40  # a frame hears 93 ms, 70 cents of the glide
    assert np.median(cents(measured[inside], true[inside])) < 8


def test_every_note_of_a_sung_scale_is_heard():
    steps = (0, 2, 4, 5, 7, 9, 11, 12)
    note = round(0.4 * RATE_HZ)
    f0_hz = np.repeat([196 * 2 ** (step / 12) for step in steps], note)
    measured, _ = tracker(voice(f0_hz, "o")).track()
    middles = (np.arange(len(steps)) * note + note // 2) // HOP_SAMPLES
    assert np.max(cents(measured[middles], f0_hz[middles * HOP_SAMPLES])) < 25


@pytest.mark.parametrize("breath", [0.0, 0.1, 0.2])
@pytest.mark.parametrize("f0_hz", [100, 200, 400])
def test_breath_lowers_harmonicity_but_not_the_pitch(f0_hz, breath):
    values = tracker(voice(vibrato(f0_hz), "e", breath=breath)).descriptors()
    assert values["pitch_hz"] == pytest.approx(f0_hz, rel=0.01)
    clean = tracker(voice(vibrato(f0_hz), "e", breath=0)).descriptors()
    assert breath == 0 or values["harmonicity_db"] < clean["harmonicity_db"]


def test_a_rough_voice_keeps_its_pitch():
    rough = voice(vibrato(100), "a", breath=0.1, jitter=0.02, shimmer=0.2)
    assert tracker(rough).descriptors()["pitch_hz"] == pytest.approx(100, rel=0.01)


@pytest.mark.parametrize("harmonics", [range(2, 7), range(3, 8), (2, 3), (3, 4, 5)])
@pytest.mark.parametrize("f0_hz", [110, 200, 330])
def test_a_missing_fundamental_is_heard(f0_hz, harmonics):
    overtones = sum(sine(f0_hz * k, peak=0.1, rate_hz=RATE_HZ) for k in harmonics)
    assert tracker(overtones).descriptors()["pitch_hz"] == pytest.approx(f0_hz, rel=0.003)


@pytest.mark.parametrize("midi", range(24, 109, 3))  # 32.7 Hz to 4.2 kHz
def test_every_octave_of_the_piano_and_beyond(midi):
    f0_hz = 440 * 2 ** ((midi - 69) / 12)
    assert tracker(saw(f0_hz, rate_hz=RATE_HZ)).descriptors()["pitch_midi"] == pytest.approx(midi, abs=0.05)
    # A sine holds under four periods a frame below 45 Hz, and nothing but its period to tell it by.
    tolerance = 0.05 if f0_hz > 45 else 0.3
    assert tracker(sine(f0_hz, rate_hz=RATE_HZ)).descriptors()["pitch_midi"] == pytest.approx(
        midi, abs=tolerance
    )


@pytest.mark.parametrize("octave_band_hz", [(20, 200), (100, 400), (400, 1_600), (2_000, 8_000)])
def test_bands_of_noise_have_no_pitch(octave_band_hz):
    band = scipy.signal.butter(4, octave_band_hz, "band", fs=RATE_HZ, output="sos")
    values = tracker(scipy.signal.sosfilt(band, noise(3, rate_hz=RATE_HZ))).descriptors()
    assert values["pitch_hz"] is None
    assert values["voicing"] < 0.3


def test_a_ripple_on_a_low_tone_does_not_pass_for_a_high_one():
    low = sine(43, 2, rate_hz=RATE_HZ) + sine(4_300, 2, peak=0.003, rate_hz=RATE_HZ)
    assert tracker(low).descriptors()["pitch_hz"] == pytest.approx(43, rel=0.02)


def assert_agrees_with_pyin(samples: np.ndarray) -> None:
    measured, _ = tracker(samples).track()
    theirs, voiced, _ = librosa.pyin(
        samples, fmin=40, fmax=2_000, sr=RATE_HZ, frame_length=2_048, hop_length=HOP_SAMPLES
    )
    n = min(len(theirs), len(measured))
    both = (measured[:n] > 0) & voiced[:n]
    assert both.mean() > 0.5
    apart = cents(measured[:n][both], theirs[:n][both])
    assert np.mean(apart < 50) >= 0.95
    assert np.median(apart) < 12


@pytest.mark.parametrize("vowel", ["a", "i", "u"])
def test_voices_agree_with_pyin(vowel):
    assert_agrees_with_pyin(voice(glide(150, 250, 1), vowel))


@pytest.mark.parametrize(
    "name",
    ["bass_trance_c", "bass_dnb_f", "elec_ping", "elec_blip", "elec_bong", "bass_voxy_c", "tabla_tun1"],
)
def test_real_notes_agree_with_pyin(name):
    samples, rate_hz = soundfile.read(REAL_SOUNDS / f"{name}.flac", always_2d=True)
    heard = librosa.resample(samples.mean(axis=1), orig_sr=rate_hz, target_sr=RATE_HZ)[:RATE_HZ]
    assert_agrees_with_pyin(heard.astype(np.float32))
