"""librosa as the oracle of what both define alike, over every real sound.

Agreement is to 1e-4 of the value. What is known to be further off, and why:

* A decibel has no natural zero: 1e-4 of ten decibels, a thousandth, is what any value in dB may be off. Mel
  levels are kept in steps of 1/256 dB.
* librosa transforms in double precision, we in single. Where next to nothing is heard, 140 dB under what is
  heard, single precision finds its own rounding. It shows in the flatness of pure tones (some 1e-8), in the
  bandwidth of bass drums (hundredths of a hertz), and in the valleys of the contrast. Our contrast therefore
  has a floor (`CONTRAST_FLOOR`); compared is librosa's definition with that floor, and just above it valleys
  may still be off by 0.003 dB.
* A frame's rolloff is a whole bin. Where the 85 % fall between two bins to the last digit, rounding decides.
"""

import librosa
import numpy as np
import pytest
import soundfile

from services.audio_analyzer.analysis import analyze_file
from services.audio_analyzer.spectrum import CONTRAST_FLOOR
from services.audio_analyzer.stft import BIN_HZ
from services.audio_analyzer.tests.conftest import HASH

RELATIVE = 1e-4
ROUNDING = {"spectral_flatness": 1e-7, "spectral_bandwidth_hz": 0.03}
RATE_HZ = 22_050


def contrast_db(magnitude: np.ndarray, *, floor: float) -> np.ndarray:
    """Give the spectral contrast as librosa defines it, but for a floor under peaks and valleys."""
    frequencies = librosa.fft_frequencies(sr=RATE_HZ, n_fft=2_048)
    octaves = np.concatenate(([0.0], 200 * 2.0 ** np.arange(7)))
    lowest = floor * np.sqrt(np.square(magnitude, dtype=np.float64).sum(axis=0))
    peaks, valleys = [], []
    for k in range(7):
        inside = np.flatnonzero((frequencies >= octaves[k]) & (frequencies <= octaves[k + 1]))
        first, end = inside[0] - (k > 0), len(frequencies) if k == 6 else inside[-1] + 1
        n = max(1, int(np.rint(0.02 * (end - first))))
        ordered = np.sort(magnitude[first : end - (k < 6)], axis=0)
        peaks.append(np.maximum(ordered[-n:].mean(axis=0), lowest))
        valleys.append(np.maximum(ordered[:n].mean(axis=0), lowest))
    difference = librosa.power_to_db(np.array(peaks)) - librosa.power_to_db(np.array(valleys))
    return difference.mean(axis=1)


def oracle(samples: np.ndarray) -> dict[str, float]:
    magnitude = np.abs(librosa.stft(samples))
    feature = librosa.feature
    centroid = feature.spectral_centroid(S=magnitude)
    mel_db = librosa.power_to_db(feature.melspectrogram(S=magnitude**2, sr=RATE_HZ))
    mfcc = feature.mfcc(S=mel_db, n_mfcc=20)
    values = {
        "rms_mean": feature.rms(y=samples).mean(),
        "zero_crossing_rate": feature.zero_crossing_rate(samples).mean(),
        "spectral_centroid_hz": centroid.mean(),
        "spectral_centroid_std_hz": centroid.std(),
        "spectral_bandwidth_hz": feature.spectral_bandwidth(S=magnitude, centroid=centroid).mean(),
        "spectral_rolloff_hz": feature.spectral_rolloff(S=magnitude).mean(),
        "spectral_flatness": feature.spectral_flatness(S=magnitude).mean(),
        "mel_mean_db": mel_db.mean(),
        "onset_strength": librosa.onset.onset_strength(S=mel_db, sr=RATE_HZ).mean(),
    }
    for i, value in enumerate(contrast_db(magnitude, floor=CONTRAST_FLOOR), start=1):
        values[f"spectral_contrast_{i}_db"] = value
    for i, row in enumerate(mfcc, start=1):
        values |= {f"mfcc_{i:02}_mean": row.mean(), f"mfcc_{i:02}_std": row.std()}
    if mfcc.shape[1] >= 9:
        for i, row in enumerate(np.abs(feature.delta(mfcc, mode="nearest")).mean(axis=1), start=1):
            values[f"mfcc_{i:02}_delta"] = row
    return {name: float(value) for name, value in values.items()}


def allowed(name: str, value: float, *, n_frames: int, largest_mfcc: float) -> float:
    if name.startswith("mfcc"):
        return RELATIVE * largest_mfcc
    if name.startswith("spectral_contrast"):
        return RELATIVE * value + 0.003
    if name.endswith("_db") or name == "onset_strength":
        return RELATIVE * max(abs(value), 10.0)
    if name == "spectral_rolloff_hz":
        return RELATIVE * value + BIN_HZ / n_frames
    return RELATIVE * abs(value) + ROUNDING.get(name, 0.0)


def test_every_shared_value_of_every_real_sound_is_librosas(real_sounds):
    outliers = []
    for path in real_sounds:
        descriptors = analyze_file(path, content_hash=HASH)[0].descriptors
        samples, _ = librosa.load(path, sr=RATE_HZ)
        expected = oracle(samples)
        largest_mfcc = max(abs(value) for name, value in expected.items() if name.startswith("mfcc"))
        for name, value in expected.items():
            most = allowed(name, value, n_frames=1 + len(samples) // 512, largest_mfcc=largest_mfcc)
            if abs(descriptors[name] - value) > most:
                outliers.append((path.stem, name, descriptors[name], value))
    assert outliers == []


def test_the_contrast_without_a_floor_is_librosas(real_sounds):
    for path in real_sounds[::25]:
        magnitude = np.abs(librosa.stft(librosa.load(path, sr=RATE_HZ)[0]))
        theirs = librosa.feature.spectral_contrast(S=magnitude).mean(axis=1)
        np.testing.assert_allclose(contrast_db(magnitude, floor=0.0), theirs, rtol=1e-6)


def test_the_percussive_ratio_of_real_sounds_is_librosas(real_sounds):
    for path in real_sounds[::12]:
        if not 0.1 < soundfile.info(path).duration < 4:  # librosa has no answer for fewer than three frames
            continue
        magnitude = np.abs(librosa.stft(librosa.load(path, sr=RATE_HZ)[0]))
        tones, hits = librosa.decompose.hpss(magnitude)
        both_sides = np.full((1025, 1), 2.0)
        both_sides[[0, -1]] = 1.0
        energies = [float((both_sides * np.square(part, dtype=np.float64)).sum()) for part in (tones, hits)]
        measured = analyze_file(path, content_hash=HASH)[0].descriptors["percussive_ratio"]
        assert measured == pytest.approx(energies[1] / sum(energies), rel=RELATIVE), path.stem
