"""What must not change a measure does not, and analytic signals read as their formulas say."""

import json

import numpy as np
import pytest

from services.audio_analyzer.analysis import analyze_file
from services.audio_analyzer.tests.conftest import HASH, RATE_HZ, clicks, noise, saw, sine, times_s

# Levels move with gain; so do the sums of decibels that librosa's definitions leave unreferenced.
MOVED_BY_GAIN = ("loudness_", "true_peak", "peak_dbfs", "rms_", "mel_mean_db", "mfcc_01_mean")
CATEGORIES = ("key", "scale", "sound_type")


def music() -> np.ndarray:
    """Give four bars of notes and clicks with a little noise, from below full scale to soft."""
    notes = np.concatenate(
        [saw(f, 0.5, peak=0.1) * np.exp(-3 * times_s(0.5)) for f in (220, 262, 330, 440) * 2]
    )
    return notes + clicks(120, 4, peak=0.2) + noise(4, peak=0.003)


def assert_alike(first: dict, second: dict, *, relative: float, absolute: float = 1e-6, without=()) -> None:
    differing = {}
    for name, value in first.items():
        if name.startswith(without):
            continue
        other = second[name]
        if value is None or other is None or name in CATEGORIES:
            if value != other:
                differing[name] = (value, other)
        elif value != pytest.approx(other, rel=relative, abs=absolute):
            differing[name] = (value, other)
    assert differing == {}


def test_gain_moves_levels_by_itself_and_nothing_else(analyze):
    loud = analyze(music()).descriptors
    soft = analyze(music() * 0.5).descriptors
    for name in (
        "loudness_lufs",
        "loudness_max_lufs",
        "true_peak_dbtp",
        "peak_dbfs",
        "rms_dbfs",
        "mel_mean_db",
    ):
        assert loud[name] - soft[name] == pytest.approx(20 * np.log10(2), abs=0.01), name
    assert_alike(loud, soft, relative=2e-3, absolute=2e-3, without=MOVED_BY_GAIN)


def test_polarity_changes_nothing(analyze):
    # A crossing is counted where the sign bit changes, and samples just at zero have one side only.
    assert_alike(
        analyze(music()).descriptors,
        analyze(-music()).descriptors,
        relative=1e-5,
        without=("zero_crossing_rate",),
    )


def test_a_mono_sound_and_its_dual_mono_differ_only_in_summed_loudness(analyze):
    mono = analyze(music()).descriptors
    document = analyze(np.stack((music(), music()), axis=1))
    assert "dual_mono" in document.flags
    for name in ("loudness_lufs", "loudness_max_lufs", "loudness_short_term_max_lufs"):
        assert document.descriptors[name] - mono[name] == pytest.approx(10 * np.log10(2), abs=0.01)
    assert_alike(
        mono, document.descriptors, relative=1e-5, without=("loudness_lufs", "loudness_max", "loudness_short")
    )


@pytest.mark.parametrize("format", ["FLAC", "AIFF"])
def test_a_lossless_copy_is_the_same_sound(write, format):
    # Whole numbers, which no writer rounds. FLAC is also read in blocks of another size than WAV.
    samples = np.rint(music() * 32_767).astype(np.int16)
    wav, _ = analyze_file(write(samples, format="WAV", subtype="PCM_16"), content_hash=HASH)
    copy, _ = analyze_file(write(samples, format=format, subtype="PCM_16"), content_hash=HASH)
    assert wav.descriptors == copy.descriptors
    assert wav.vector == copy.vector
    assert (wav.onsets_s, wav.beats_s, wav.bpm_alternatives) == (
        copy.onsets_s,
        copy.beats_s,
        copy.bpm_alternatives,
    )


def test_the_same_file_gives_the_same_document_to_the_byte(write):
    path = write(music())
    first, second = (analyze_file(path, content_hash=HASH) for _ in range(2))
    assert first[0].model_dump_json() == second[0].model_dump_json()
    assert first[1] == second[1]
    json.loads(first[0].model_dump_json())


def test_sampling_rates_hear_the_same(analyze):
    def sound(rate_hz):
        t = times_s(3, rate_hz)
        notes = sum(saw(f, 3, peak=0.1, rate_hz=rate_hz) for f in (220, 277.2, 329.6))
        return notes * np.exp(-t)

    here = analyze(sound(44_100)).descriptors
    for rate_hz in (32_000, 48_000, 96_000):
        there = analyze(sound(rate_hz), rate_hz=rate_hz).descriptors
        for name in ("loudness_lufs", "rms_dbfs"):
            assert there[name] == pytest.approx(here[name], abs=0.1), (rate_hz, name)
        for name in ("spectral_centroid_hz", "pitch_hz", "brightness", "warmth", "decay_s"):
            assert there[name] == pytest.approx(here[name], rel=0.01), (rate_hz, name)
        assert there["key"] == here["key"]
        assert there["tuning_cents"] == pytest.approx(here["tuning_cents"], abs=1)


def test_an_impulse_is_flat_loud_for_a_moment_and_percussive(analyze):
    impulse = np.zeros(RATE_HZ // 2)
    impulse[RATE_HZ // 4] = 0.9
    values = analyze(impulse).descriptors
    assert values["peak_dbfs"] == pytest.approx(20 * np.log10(0.9), abs=1e-3)
    assert values["rms_dbfs"] == pytest.approx(20 * np.log10(0.9 / np.sqrt(len(impulse))), abs=1e-3)
    assert values["crest_factor_db"] == pytest.approx(10 * np.log10(len(impulse)), abs=1e-3)
    assert values["percussive_ratio"] > 0.95
    assert values["attack_time_s"] < 0.006
    assert values["leading_silence_s"] == pytest.approx(0.25, abs=0.006)


def test_a_sweep_balances_at_its_middle(analyze):
    t = times_s(4)
    sweep = 0.5 * np.sin(2 * np.pi * (500 * t + 0.5 * (4_500 / 4) * t**2))  # 500 Hz to 5 kHz, linear
    values = analyze(sweep).descriptors
    assert values["spectral_centroid_hz"] == pytest.approx(2_750, rel=0.03)
    assert values["spectral_centroid_std_hz"] == pytest.approx(4_500 / np.sqrt(12), rel=0.05)
    assert values["rms_dbfs"] == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.02)


@pytest.mark.parametrize("depth", [0.2, 0.8])
def test_amplitude_modulation_has_its_power_and_its_pulse(analyze, depth):
    t = times_s(6)
    sound = 0.3 * np.sin(2 * np.pi * 800 * t) * (1 + depth * np.sin(2 * np.pi * 4 * t))
    values = analyze(sound).descriptors
    assert values["rms_dbfs"] == pytest.approx(10 * np.log10(0.3**2 / 2 * (1 + depth**2 / 2)), abs=0.02)
    assert values["pitch_hz"] == pytest.approx(800, rel=0.003)


def test_slow_frequency_modulation_spreads_the_spectrum_by_its_deviation(analyze):
    t = times_s(2)

    def modulated(deviation_hz):
        return 0.5 * np.sin(2 * np.pi * 3_000 * t + deviation_hz / 50 * np.sin(2 * np.pi * 50 * t))

    narrow, wide = (analyze(modulated(deviation)).descriptors for deviation in (50, 1_000))
    assert narrow["spectral_centroid_hz"] == pytest.approx(3_000, rel=0.03)
    assert wide["spectral_centroid_hz"] == pytest.approx(3_000, rel=0.03)
    assert wide["spectral_bandwidth_hz"] == pytest.approx(1_000 / np.sqrt(2), rel=0.03)
    assert narrow["spectral_bandwidth_hz"] < 0.5 * wide["spectral_bandwidth_hz"]


def test_tones_and_hits_part_at_the_extremes(analyze):
    tone, hits = sine(440, 3), clicks(240, 3)
    assert analyze(tone).descriptors["percussive_ratio"] < 0.02
    assert analyze(hits).descriptors["percussive_ratio"] > 0.9
    mixed = [analyze(tone * gain + hits).descriptors["percussive_ratio"] for gain in (0.01, 0.1, 1.0)]
    assert mixed == sorted(mixed, reverse=True)
