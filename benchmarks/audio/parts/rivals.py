"""What ours is measured against: librosa as its tutorials use it, Essentia's extractor, and bare decoding."""

import contextlib
import os
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import librosa
import numpy as np
import scipy.fft
import scipy.signal
import soundfile
import soxr

ANALYSIS_RATE_HZ = 22_050
LOWEST_HZ, HIGHEST_HZ = 65.4, 2093.0
N_FFT, HOP = 2048, 512


def librosa_once_per_feature(path: Path, *, pitch: str) -> None:
    """Call librosa once for each feature that it has in common with us, each call with the samples.

    Parameters
    ----------
    pitch
        ``pyin`` or ``yin``.
    """
    with warnings.catch_warnings():
        # Of sounds that are shorter than a frame, and of noise for which no tuning is found.
        warnings.simplefilter("ignore")
        y, sr = librosa.load(path, sr=ANALYSIS_RATE_HZ)
        feature = librosa.feature
        for measure in (
            feature.spectral_centroid, feature.spectral_bandwidth, feature.spectral_rolloff,
            feature.spectral_contrast, feature.chroma_stft, feature.chroma_cqt,
        ):  # fmt: skip
            measure(y=y, sr=sr).mean(axis=1)
        feature.rms(y=y).mean()
        feature.zero_crossing_rate(y).mean()
        feature.spectral_flatness(y=y).mean()
        librosa.power_to_db(feature.melspectrogram(y=y, sr=sr)).mean()
        coefficients = feature.mfcc(y=y, sr=sr, n_mfcc=20)
        coefficients.mean(axis=1), coefficients.std(axis=1)
        if coefficients.shape[1] >= 9:
            feature.delta(coefficients).mean(axis=1)
        librosa.onset.onset_strength(y=y, sr=sr).mean()
        librosa.onset.onset_detect(y=y, sr=sr)
        librosa.beat.beat_track(y=y, sr=sr)
        librosa.estimate_tuning(y=y, sr=sr)
        harmonic, percussive = librosa.effects.hpss(y)
        np.square(harmonic).sum(), np.square(percussive).sum()
        librosa.effects.trim(y)
        if pitch == "pyin":
            librosa.pyin(y, fmin=LOWEST_HZ, fmax=HIGHEST_HZ, sr=sr)
        else:
            librosa.yin(y, fmin=LOWEST_HZ, fmax=HIGHEST_HZ, sr=sr)


def essentia_is_there() -> bool:
    return find_spec("essentia") is not None


def essentia_music_extractor(path: Path) -> None:
    """Run Essentia's MusicExtractor with its defaults: a set of its own, what its users run."""
    import essentia
    from essentia.standard import MusicExtractor

    essentia.log.infoActive = essentia.log.warningActive = False
    with _quiet():
        MusicExtractor()(str(path))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what FFmpeg inside Essentia writes to the terminal out of the table."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def limit(path: Path) -> None:
    """Decode, mix down, resample and transform once, a whole file at a time: the least that must be done."""
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    mono = sum(samples.T[1:], samples[:, 0]) / np.float32(samples.shape[1])
    y = soxr.resample(mono, rate_hz, ANALYSIS_RATE_HZ, quality="HQ")
    padded = np.pad(y, N_FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP]
    window = scipy.signal.get_window("hann", N_FFT).astype(np.float32)
    for start in range(0, len(frames), 64):
        scipy.fft.rfft(frames[start : start + 64] * window, axis=1)
