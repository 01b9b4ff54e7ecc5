import numpy as np
import pytest

from services.audio_analyzer.tests.conftest import noise, saw, sine, times_s


@pytest.mark.parametrize("frequency_hz", [41.2, 55.0, 110.0, 220.0, 440.0, 997.0, 1_760.0, 2_000.0])
@pytest.mark.parametrize("wave", [sine, saw])
def test_pitch_of_simple_waves_over_the_range(analyze, frequency_hz, wave):
    values = analyze(wave(frequency_hz)).descriptors
    assert values["pitch_hz"] == pytest.approx(frequency_hz, rel=0.003)
    assert values["voicing"] > 0.9
    assert values["harmonicity_db"] > 10


def test_the_midi_note_of_a440_is_69(analyze):
    assert analyze(saw(440)).descriptors["pitch_midi"] == pytest.approx(69, abs=0.05)


def test_a_missing_fundamental_is_heard(analyze):
    overtones = sum(sine(200.0 * k, peak=0.1) for k in range(2, 7))
    assert analyze(overtones).descriptors["pitch_hz"] == pytest.approx(200, rel=0.003)


def test_a_glide_has_its_range(analyze):
    t = times_s(2)
    octave = 0.3 * np.sin(2 * np.pi * 220 * np.cumsum(2 ** (t / 2)) / 44_100)
    values = analyze(octave).descriptors
    assert values["pitch_hz"] == pytest.approx(220 * 2**0.5, rel=0.03)
    assert values["pitch_range_semitones"] == pytest.approx(0.9 * 12, abs=0.7)


def test_noise_is_unvoiced(analyze):
    values = analyze(noise(2)).descriptors
    assert values["pitch_hz"] is values["pitch_midi"] is values["pitch_range_semitones"] is None
    assert values["voicing"] < 0.1
    assert values["harmonicity_db"] < -3


def test_noise_in_a_tone_lowers_its_harmonicity(analyze):
    levels = [
        analyze(saw(220) + noise(peak=peak)).descriptors["harmonicity_db"] for peak in (0, 0.02, 0.1, 0.4)
    ]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] - levels[-1] > 15


def test_a_silent_tail_does_not_make_a_tone_unvoiced(analyze):
    values = analyze(np.concatenate((saw(220, 0.5), np.zeros(88_200)))).descriptors
    assert values["pitch_hz"] == pytest.approx(220, rel=0.003)
    assert values["voicing"] > 0.8
