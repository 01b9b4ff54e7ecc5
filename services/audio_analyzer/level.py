"""Level in time: RMS, peak, zero crossings, and what is wrong with the recording."""

import numpy as np

from services.audio_analyzer.loudness import decibels
from services.audio_analyzer.stft import FRAME_SAMPLES, HOP_SAMPLES, FloatArray

CLIPPED_LEVEL = 0.999
CLIPPED_RUN = 3
SILENT_PEAK = 1e-4  # -80 dBFS
DC_OFFSET = 0.01
SAME_SAMPLE = 2.0**-15
_HOPS_PER_FRAME = FRAME_SAMPLES // HOP_SAMPLES


class LevelMeter:
    """Meters the channels of a sound as they were recorded, block by block."""

    def __init__(self, channels: int) -> None:
        self._sum = np.zeros(channels)
        self._energy = np.zeros(channels)
        self._n_frames = 0
        self._same = channels == 2
        self._clipped = False
        self._tail = np.zeros((CLIPPED_RUN - 1, channels), bool)
        self.peak = 0.0

    def push(self, block: FloatArray) -> None:
        self._n_frames += len(block)
        self._sum += block.sum(axis=0, dtype=np.float64)
        self._energy += np.einsum("ij,ij->j", block, block, dtype=np.float64)
        self.peak = max(self.peak, float(block.max()), float(-block.min()))
        if self._same:
            self._same = bool(np.abs(block[:, 0] - block[:, 1]).max() <= SAME_SAMPLE)
        if self.peak >= CLIPPED_LEVEL and not self._clipped:
            hot = np.concatenate((self._tail, np.abs(block) >= CLIPPED_LEVEL))
            self._clipped = bool((hot[2:] & hot[1:-1] & hot[:-2]).any())
            self._tail = hot[1 - CLIPPED_RUN :]

    @property
    def silent(self) -> bool:
        return self.peak < SILENT_PEAK

    def flags(self) -> tuple[str, ...]:
        offset = np.abs(self._sum / self._n_frames).max()
        found = {
            "clipped": self._clipped,
            "silent": self.silent,
            "dc_offset": bool(offset >= DC_OFFSET),
            "dual_mono": self._same and not self.silent,
        }
        return tuple(name for name, true in found.items() if true)

    def descriptors(self) -> dict[str, float | None]:
        rms = float(np.sqrt(self._energy.sum() / (self._n_frames * len(self._energy))))
        rms_dbfs, peak_dbfs = decibels(rms, 20.0), decibels(self.peak, 20.0)
        return {
            "rms_dbfs": rms_dbfs,
            "peak_dbfs": peak_dbfs,
            "crest_factor_db": None if rms_dbfs is None or peak_dbfs is None else peak_dbfs - rms_dbfs,
        }


class FrameLevels:
    """RMS and zero-crossing rate of the analysis frames, with librosa's framing and definitions.

    The signal arrives in pieces; sums over hops are kept, and four of them make a frame.
    """

    def __init__(self) -> None:
        self._pending = np.zeros(0, np.float32)
        self._last_negative: bool | None = None
        self._pad_hops = FRAME_SAMPLES // 2 // HOP_SAMPLES
        self._energies: list[np.ndarray] = []
        self._crossings: list[np.ndarray] = []
        self._first_crossings: list[np.ndarray] = []
        self._n_samples = 0

    def push(self, samples: FloatArray) -> None:
        self._n_samples += len(samples)
        self._pending = np.concatenate((self._pending, samples))
        whole = len(self._pending) // HOP_SAMPLES * HOP_SAMPLES
        self._add(self._pending[:whole])
        self._pending = self._pending[whole:]

    def _add(self, samples: FloatArray) -> None:
        if len(samples) == 0:
            return
        negative = samples < -1e-10
        before = negative[0] if self._last_negative is None else self._last_negative
        crossed = np.diff(negative, prepend=before).reshape(-1, HOP_SAMPLES)
        self._last_negative = bool(negative[-1])
        hops = samples.reshape(-1, HOP_SAMPLES)
        self._energies.append(np.einsum("ij,ij->i", hops, hops, dtype=np.float64))
        self._crossings.append(crossed.sum(axis=1, dtype=np.int64))
        self._first_crossings.append(crossed[:, 0].copy())

    def finish(self) -> tuple[FloatArray, FloatArray]:
        """Give the RMS and the zero-crossing rate of every frame [shape=(n_frames,), float32] each."""
        if len(self._pending):
            filler = HOP_SAMPLES - len(self._pending)
            last = self._pending[-1]
            self._pending = np.concatenate((self._pending, np.zeros(filler, np.float32)))
            # The padding repeats the last sample for crossings, and is silence for energies.
            self._add(self._pending)
            if last < -1e-10:
                self._crossings[-1][-1] -= 1 if filler else 0
        n_frames = 1 + self._n_samples // HOP_SAMPLES
        energy = self._framed(self._energies, n_frames)
        crossings = self._framed(self._crossings, n_frames) - self._at_start(n_frames)
        rms = np.sqrt(energy / FRAME_SAMPLES).astype(np.float32)
        return rms, (crossings / FRAME_SAMPLES).astype(np.float32)

    def _padded(self, parts: list[np.ndarray], n_frames: int) -> np.ndarray:
        hops = np.concatenate(parts) if parts else np.zeros(0)
        after = n_frames + _HOPS_PER_FRAME - 1 - self._pad_hops - len(hops)
        return np.concatenate((np.zeros(self._pad_hops), hops, np.zeros(max(0, after))))

    def _framed(self, parts: list[np.ndarray], n_frames: int) -> np.ndarray:
        hops = self._padded(parts, n_frames)
        return np.asarray(sum(hops[i : i + n_frames] for i in range(_HOPS_PER_FRAME)))

    def _at_start(self, n_frames: int) -> np.ndarray:
        """Give the crossing at a frame's very first sample, which is no crossing within the frame."""
        return self._padded(self._first_crossings, n_frames)[:n_frames]
