"""Writes folders of one-shots: short, all different, of no musical worth."""

import wave
from pathlib import Path

import numpy as np

RATE_HZ = 44_100


def write_one_shots(folder: Path, n: int, *, duration_s: float = 0.25) -> None:
    """Write `n` decaying bursts of noise as 16-bit mono wav files, in folders of 500."""
    rng = np.random.default_rng(0)
    decay = np.exp(-np.linspace(0, 6, int(duration_s * RATE_HZ)))
    for number in range(n):
        path = folder / f"{number // 500:03d}" / f"one_shot_{number:06d}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        samples = (rng.normal(0, 6000, decay.size) * decay).clip(-32768, 32767).astype("<i2")
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(samples.tobytes())
