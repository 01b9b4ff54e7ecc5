"""Signals with a known truth, and short ways to a file and to its analysis."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from services.audio_analyzer.analysis import analyze_file
from shared.python.models import AnalysisDocument

HASH = "0" * 64
RATE_HZ = 44_100
REAL_SOUNDS = Path("/usr/share/sonic-pi/samples")
FIXTURES = Path(__file__).parent / "fixtures"

Write = Callable[..., Path]
Analyze = Callable[..., AnalysisDocument]


def times_s(duration_s: float, rate_hz: int = RATE_HZ) -> np.ndarray:
    """Give the times of the samples of a sound."""
    return np.arange(round(duration_s * rate_hz)) / rate_hz


def sine(frequency_hz: float, duration_s: float = 1.0, *, peak: float = 0.5, rate_hz: int = RATE_HZ):
    return (peak * np.sin(2 * np.pi * frequency_hz * times_s(duration_s, rate_hz))).astype(np.float32)


def saw(frequency_hz: float, duration_s: float = 1.0, *, peak: float = 0.3, rate_hz: int = RATE_HZ):
    """Give a band-limited sawtooth."""
    t = times_s(duration_s, rate_hz)
    harmonics = range(1, int(10_000 / frequency_hz) + 1)
    return (peak * sum(np.sin(2 * np.pi * frequency_hz * k * t) / k for k in harmonics)).astype(np.float32)


def noise(duration_s: float = 1.0, *, peak: float = 0.1, seed: int = 0, rate_hz: int = RATE_HZ):
    samples = np.random.default_rng(seed).standard_normal(round(duration_s * rate_hz))
    return (peak * samples).astype(np.float32)


def clicks(bpm: float, duration_s: float = 10.0, *, peak: float = 0.5, rate_hz: int = RATE_HZ):
    """Give short bursts of noise, the first one at once."""
    track = np.zeros(round(duration_s * rate_hz), np.float32)
    burst = noise(0.03, peak=peak, rate_hz=rate_hz) * np.exp(-times_s(0.03, rate_hz) / 0.004)
    for beat in range(int(duration_s * bpm / 60)):
        start = round(beat * 60 / bpm * rate_hz)
        track[start : start + len(burst)] += burst[: len(track) - start].astype(np.float32)
    return track


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Give a function that writes samples to a file; its format is told by nothing but `format`."""

    def write_file(
        samples: np.ndarray,
        name: str | None = None,
        *,
        rate_hz: int = RATE_HZ,
        format: str | None = None,
        subtype: str = "FLOAT",
    ) -> Path:
        path = tmp_path / (name or f"sound-{len(list(tmp_path.iterdir()))}")
        channels = 1 if samples.ndim == 1 else samples.shape[1]
        format = format or (path.suffix[1:].upper() or "WAV")
        with soundfile.SoundFile(path, "w", rate_hz, channels, format=format, subtype=subtype) as output:
            for start in range(0, len(samples), 8192):  # Vorbis overflows the stack when given all at once
                output.write(samples[start : start + 8192])
        return path

    return write_file


@pytest.fixture
def analyze(write: Write) -> Analyze:
    """Give a function that measures samples; its options are those of `write`."""

    def analyze_samples(samples: np.ndarray, **options: object) -> AnalysisDocument:
        return analyze_file(write(samples, **options), content_hash=HASH)[0]

    return analyze_samples


@pytest.fixture
def real_sounds() -> list[Path]:
    files = sorted(REAL_SOUNDS.glob("*.flac"))
    assert files, f"no sounds in {REAL_SOUNDS}: install the Debian package sonic-pi-samples"
    return files
