"""Level in time: RMS, peak, zero crossings, and what is wrong with the recording."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from services.audio_analyzer.loudness import DoubleArray, decibels
from services.audio_analyzer.stft import FRAME_SAMPLES, HOP_SAMPLES, FloatArray

CLIPPED_LEVEL = 0.999
CLIPPED_RUN = 3
SILENT_PEAK = 1e-4  # -80 dBFS
DC_OFFSET = 0.01
SAME_SAMPLE = np.float32(2.0**-15)
_HOPS_PER_FRAME = FRAME_SAMPLES // HOP_SAMPLES


@njit(cache=True, nogil=True, error_model="numpy")
def _meter(block: FloatArray, sums: DoubleArray, energies: DoubleArray, runs: npt.NDArray[np.int64]) -> float:
    """Give the highest absolute sample of a block, and add to what is kept of each channel.

    `runs` [shape=(n_channels, 2)] holds the run of clipped samples that is going on, and the longest one.
    """
    peak = np.float32(0)
    for channel in range(block.shape[1]):
        total, energy = 0.0, 0.0
        run, longest = runs[channel]
        for i in range(block.shape[0]):
            sample = block[i, channel]
            total += sample
            energy += np.float64(sample) * sample
            size = abs(sample)
            peak = max(peak, size)
            run = run + 1 if size >= CLIPPED_LEVEL else 0
            longest = max(longest, run)
        sums[channel] += total
        energies[channel] += energy
        runs[channel] = run, longest
    return float(peak)


class LevelMeter:
    """Meters the channels of a sound as they were recorded, block by block."""

    def __init__(self, channels: int) -> None:
        self._sums, self._energies = np.zeros(channels), np.zeros(channels)
        self._runs = np.zeros((channels, 2), np.int64)
        self._n_frames = 0
        self._same = channels == 2
        self.peak = 0.0

    def push(self, block: FloatArray) -> None:
        """Take the next frames [shape=(n_frames, n_channels), float32]."""
        self._n_frames += len(block)
        self.peak = max(self.peak, float(_meter(block, self._sums, self._energies, self._runs)))
        if self._same:
            self._same = bool((np.abs(block[:, 0] - block[:, 1]) <= SAME_SAMPLE).all())

    @property
    def silent(self) -> bool:
        return self.peak < SILENT_PEAK

    def flags(self) -> tuple[str, ...]:
        offset = np.abs(self._sums / self._n_frames).max()
        found = {
            "clipped": bool(self._runs[:, 1].max() >= CLIPPED_RUN),
            "silent": self.silent,
            "dc_offset": bool(offset >= DC_OFFSET),
            "dual_mono": self._same and not self.silent,
        }
        return tuple(name for name, true in found.items() if true)

    def descriptors(self) -> dict[str, float | None]:
        rms = float(np.sqrt(self._energies.sum() / (self._n_frames * len(self._energies))))
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
        self._energies: list[npt.NDArray[Any]] = []
        self._crossings: list[npt.NDArray[Any]] = []
        self._first_crossings: list[npt.NDArray[Any]] = []
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

    def _padded(self, parts: list[npt.NDArray[Any]], n_frames: int) -> npt.NDArray[Any]:
        hops = np.concatenate(parts) if parts else np.zeros(0)
        after = n_frames + _HOPS_PER_FRAME - 1 - self._pad_hops - len(hops)
        return np.concatenate((np.zeros(self._pad_hops), hops, np.zeros(max(0, after))))

    def _framed(self, parts: list[npt.NDArray[Any]], n_frames: int) -> npt.NDArray[Any]:
        hops = self._padded(parts, n_frames)
        return np.asarray(sum(hops[i : i + n_frames] for i in range(_HOPS_PER_FRAME)))

    def _at_start(self, n_frames: int) -> npt.NDArray[Any]:
        """Give the crossing at a frame's very first sample, which is no crossing within the frame."""
        return self._padded(self._first_crossings, n_frames)[:n_frames]
