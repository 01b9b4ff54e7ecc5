"""What is measured, against signals whose values follow from their definition, standards, and librosa."""

import base64
import json
from collections.abc import Callable
from io import BytesIO
from math import log10, sqrt
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile

from services.audio_analyzer.analysis import analyze_file
from services.audio_analyzer.nodes import NODE_SPECS
from services.audio_analyzer.tests.conftest import RATE_HZ, sine, times_s
from shared.python.errors import TonotopeError
from shared.python.models import AnalysisDocument, FailureCode

Analyze = Callable[..., AnalysisDocument]
Write = Callable[..., Path]
SAMPLES = Path("/usr/share/sonic-pi/samples")


def value(document: AnalysisDocument, name: str) -> float:
    found = document.descriptors[name]
    assert isinstance(found, float | int), f"{name} is {found!r}"
    return float(found)


def test_every_described_value_is_there_and_no_other(analyze: Analyze) -> None:
    described = {spec.name for spec in NODE_SPECS[0].descriptors}
    assert set(analyze(sine(440, 1)).descriptors) == described


def test_format_and_length(analyze: Analyze) -> None:
    stereo = np.stack([sine(440, 1.5), sine(550, 1.5)], axis=1)
    document = analyze(stereo, rate_hz=RATE_HZ, subtype="PCM_16")
    assert (document.channels, document.sample_rate_hz, document.format) == (2, RATE_HZ, "wav")
    assert document.bit_depth == 16
    assert document.duration_s == pytest.approx(1.5, abs=1e-9)


@pytest.mark.parametrize(("peak_dbfs", "expected_lufs"), [(-23, -23.0), (-33, -33.0)])
def test_ebu_tech_3341_cases_1_and_2(analyze: Analyze, peak_dbfs: float, expected_lufs: float) -> None:
    tone = sine(1000, 20, peak=10 ** (peak_dbfs / 20), rate_hz=48_000)
    document = analyze(np.stack([tone, tone], axis=1), rate_hz=48_000)
    assert value(document, "loudness_lufs") == pytest.approx(expected_lufs, abs=0.1)


def test_ebu_tech_3342_case_1(analyze: Analyze) -> None:
    parts = [sine(1000, 20, peak=10 ** (level / 20), rate_hz=48_000) for level in (-20, -30)]
    tone = np.concatenate(parts)
    document = analyze(np.stack([tone, tone], axis=1), rate_hz=48_000)
    assert value(document, "loudness_range_lu") == pytest.approx(10, abs=1)


def test_levels_of_a_sine(analyze: Analyze) -> None:
    document = analyze(sine(997, 2, peak=0.5))
    assert value(document, "peak_dbfs") == pytest.approx(20 * log10(0.5), abs=0.01)
    assert value(document, "rms_dbfs") == pytest.approx(20 * log10(0.5 / sqrt(2)), abs=0.02)
    assert value(document, "true_peak_dbtp") == pytest.approx(20 * log10(0.5), abs=0.1)


def test_a_true_peak_between_samples_is_found(analyze: Analyze) -> None:
    # At a quarter of the rate and 45 degrees, every sample lies 3 dB below the crest (EBU Tech 3341, 16).
    phase = np.pi / 4
    tone = 0.5 * np.sin(2 * np.pi * (RATE_HZ / 4) * times_s(1) + phase)
    document = analyze(tone)
    assert value(document, "peak_dbfs") == pytest.approx(-9.03, abs=0.05)
    assert -0.4 <= value(document, "true_peak_dbtp") - 20 * log10(0.5) <= 0.2


@pytest.mark.parametrize("frequency_hz", [110.0, 220.0, 440.0, 880.0])
def test_pitch_of_a_harmonic_tone(analyze: Analyze, frequency_hz: float) -> None:
    tone = sum(sine(frequency_hz * k, 1.5, peak=0.3 / k) for k in range(1, 6))
    assert value(analyze(tone), "pitch_hz") == pytest.approx(frequency_hz, rel=0.003)


def test_noise_has_no_pitch(analyze: Analyze) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, 2 * RATE_HZ)
    assert value(analyze(noise), "voicing") < 0.3


@pytest.mark.parametrize("bpm", [90.0, 120.0])
def test_tempo_of_a_click_track(analyze: Analyze, bpm: float) -> None:
    clicks = np.zeros(12 * RATE_HZ)
    for start in np.arange(0, 11.5, 60 / bpm):
        place = round(start * RATE_HZ)
        clicks[place : place + 400] = np.hanning(400) * np.sin(np.arange(400) * 0.3) * 0.8
    assert value(analyze(clicks), "bpm") == pytest.approx(bpm, rel=0.02)


@pytest.mark.parametrize(
    ("chords", "key"),
    [([(60, 64, 67), (65, 69, 72), (67, 71, 74), (60, 64, 67)], "C major"),
     ([(57, 60, 64), (62, 65, 69), (64, 68, 71), (57, 60, 64)], "A minor")],
)  # fmt: skip
def test_key_of_a_cadence(analyze: Analyze, chords: list[tuple[int, ...]], key: str) -> None:
    sound = [
        sum(sine(440 * 2 ** ((note - 69) / 12) * k, 1.0, peak=0.1 / k) for note in chord for k in (1, 2, 3))
        for chord in chords
    ]
    assert analyze(np.concatenate(sound)).descriptors["key"] == key


def test_a_single_hit_has_no_tempo(analyze: Analyze) -> None:
    hit = sine(100, 0.4) * np.exp(-times_s(0.4) * 20)
    assert analyze(hit).descriptors["bpm"] is None


@pytest.mark.parametrize("attack_s", [0.05, 0.2])
def test_a_slow_attack_is_longer_than_a_sharp_one(analyze: Analyze, attack_s: float) -> None:
    ramp = np.minimum(1, times_s(1.5) / attack_s)
    slow = value(analyze(sine(440, 1.5) * ramp), "attack_time_s")
    assert slow == pytest.approx(attack_s, rel=0.5)


def test_clicks_are_percussive_and_tones_are_not(analyze: Analyze) -> None:
    clicks = np.zeros(2 * RATE_HZ)
    clicks[:: RATE_HZ // 4] = 0.9
    assert value(analyze(clicks), "percussive_ratio") > 0.7
    assert value(analyze(sine(440, 2)), "percussive_ratio") < 0.2


@pytest.mark.parametrize("name", ["bd_haus", "ambi_choir", "perc_bell", "loop_amen", "elec_twang"])
def test_spectral_values_agree_with_librosa(name: str) -> None:
    """Where the definitions are the same: mono at librosa's default rate, 2048 samples a frame, hop 512."""
    path = SAMPLES / f"{name}.flac"
    assert path.exists(), "install the Debian package sonic-pi-samples (tools/debian_packages.sh)"
    document, _ = analyze_file(path, content_hash="0" * 64)
    samples, rate_hz = librosa.load(path, sr=22_050, mono=True, res_type="soxr_hq")
    power = np.abs(librosa.stft(samples, n_fft=2048, hop_length=512))
    centroid = librosa.feature.spectral_centroid(S=power, sr=rate_hz)[0].mean()
    mfcc = librosa.feature.mfcc(y=samples, sr=rate_hz, n_mfcc=20).mean(axis=1)
    assert value(document, "spectral_centroid_hz") == pytest.approx(centroid, rel=1e-3)
    measured = [value(document, f"mfcc_{number:02}_mean") for number in range(1, 21)]
    np.testing.assert_allclose(measured, mfcc, rtol=1e-3, atol=0.05)


def test_gain_moves_only_the_levels(analyze: Analyze) -> None:
    tone = sine(440, 1) + sine(1320, 1, peak=0.1)
    loud, soft = analyze(tone), analyze(tone * 0.25)
    change_db = 20 * log10(0.25)
    assert value(soft, "loudness_lufs") - value(loud, "loudness_lufs") == pytest.approx(change_db, abs=0.01)
    for name in ("spectral_centroid_hz", "spectral_bandwidth_hz", "pitch_hz", "noisiness", "brightness"):
        assert value(soft, name) == pytest.approx(value(loud, name), rel=1e-3), name


def test_wav_and_flac_of_the_same_samples_are_the_same_sound(write: Write) -> None:
    # Whole numbers, so that neither file is rounded on writing.
    noise = (np.random.default_rng(2).normal(0, 0.1, RATE_HZ) * 32_767).astype(np.int16)
    wav = write(noise, "a.wav", subtype="PCM_16")
    flac = write(noise, "a.flac", subtype="PCM_16")
    first, _ = analyze_file(wav, content_hash="0" * 64)
    second, _ = analyze_file(flac, content_hash="0" * 64)
    assert first.descriptors == second.descriptors
    assert first.vector == second.vector


def test_the_same_file_gives_the_same_bytes_again(write: Write) -> None:
    path = write(np.random.default_rng(3).normal(0, 0.1, RATE_HZ))
    first, preview = analyze_file(path, content_hash="0" * 64)
    second, again = analyze_file(path, content_hash="0" * 64)
    assert first == second
    assert soundfile.read(BytesIO(preview))[0].shape == soundfile.read(BytesIO(again))[0].shape


@pytest.mark.parametrize(
    "samples",
    [np.zeros(RATE_HZ), np.zeros((RATE_HZ, 2)), np.array([0.5]), np.full(100, 0.1), np.ones(RATE_HZ)],
    ids=["silence", "stereo silence", "one sample", "100 samples", "constant"],
)
def test_sounds_without_content_have_no_nan(analyze: Analyze, samples: np.ndarray) -> None:
    document = analyze(samples)
    json.dumps(document.model_dump(mode="json"), allow_nan=False)
    assert all(np.isfinite(document.vector))


def test_vectors_have_one_length(analyze: Analyze) -> None:
    short, long = analyze(np.array([0.5, -0.5])), analyze(sine(220, 3))
    assert len(short.vector) == len(long.vector) > 20


def test_infinite_samples_are_flagged_and_only_infinite_ones_refused(analyze: Analyze) -> None:
    tone = sine(440, 1).astype(np.float32)
    tone[100:110] = np.inf
    assert "non_finite" in analyze(tone).flags
    with pytest.raises(TonotopeError) as caught:
        analyze(np.full(RATE_HZ, np.nan, dtype=np.float32))
    assert caught.value.code == FailureCode.NON_FINITE


def test_peaks_outline_the_waveform(analyze: Analyze) -> None:
    ramp = sine(200, 2, peak=1.0) * np.linspace(0, 1, 2 * RATE_HZ)
    peaks = analyze(ramp).peaks
    outline = np.frombuffer(base64.b64decode(peaks.data), dtype=np.int8).reshape(peaks.n, 2)
    assert np.all(outline[:, 0] <= outline[:, 1])
    assert outline[-10:, 1].max() > 100
    assert abs(int(outline[0, 1])) < 20


def test_the_preview_is_a_short_clip_of_the_loud_part(write: Write) -> None:
    sound = np.zeros(8 * RATE_HZ)
    sound[5 * RATE_HZ : 6 * RATE_HZ] = sine(440, 1)
    document, clip = analyze_file(write(sound), content_hash="0" * 64)
    samples, rate_hz = soundfile.read(BytesIO(clip))
    assert document.preview.duration_s <= 1.6
    assert 4.5 < document.preview.start_s <= 5.1
    assert np.abs(samples).max() > 0.05
    assert len(samples) / rate_hz == pytest.approx(document.preview.duration_s, abs=0.1)
