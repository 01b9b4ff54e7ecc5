"""Level in time: RMS, peak, zero crossings, and what is wrong with the recording."""

import numpy as np
import numpy.typing as npt
from numba import njit

from services.audio_analyzer.extremes import energy, largest
from services.audio_analyzer.growing import GrowingArray
from services.audio_analyzer.loudness import DoubleArray, decibels
from services.audio_analyzer.stft import FRAME_SAMPLES, HOP_SAMPLES, FloatArray

CLIPPED_LEVEL = 0.999
CLIPPED_RUN = 3
SILENT_PEAK = 1e-4  # -80 dBFS
DC_OFFSET = 0.01
SAME_SAMPLE = np.float32(2.0**-15)
_STRETCH = 256
_ZERO = np.float32(-1e-10)  # librosa's: what is nearer to zero counts as positive
_HOPS_PER_FRAME = FRAME_SAMPLES // HOP_SAMPLES


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract"})
def _sum(samples: FloatArray) -> float:
    total = 0.0
    for i in range(samples.shape[0]):
        total += np.float64(samples[i])
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _meter(
    channels: FloatArray, sums: DoubleArray, energies: DoubleArray, runs: npt.NDArray[np.int64]
) -> float:
    """Give the highest absolute sample of a block, and add to what is kept of each channel.

    `runs` [shape=(n_channels, 2)] holds the run of clipped samples that is going on, and the longest one.
    """
    peak = np.float32(0)
    for channel in range(channels.shape[0]):
        samples = channels[channel]
        sums[channel] += _sum(samples)
        energies[channel] += energy(samples)
        run, longest = runs[channel]
        for start in range(0, samples.shape[0], _STRETCH):
            stretch = samples[start : start + _STRETCH]
            highest = largest(stretch)
            peak = max(peak, highest)
            if highest < CLIPPED_LEVEL:
                run = 0
                continue
            for sample in stretch:
                run = run + 1 if abs(sample) >= CLIPPED_LEVEL else 0
                longest = max(longest, run)
        runs[channel, 0], runs[channel, 1] = run, longest
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
        channels = np.ascontiguousarray(block.T)
        self.peak = max(self.peak, float(_meter(channels, self._sums, self._energies, self._runs)))
        if self._same:
            self._same = bool(largest(channels[0] - channels[1]) <= SAME_SAMPLE)

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


@njit(cache=True, nogil=True, error_model="numpy")
def _measure_hops(
    samples: FloatArray, before: bool, energies: DoubleArray, crossings: npt.NDArray[np.int16]
) -> bool:
    """Fill in the energy of every hop and its zero crossings, the one at its first sample apart.

    Parameters
    ----------
    before
        Whether the sample before the first was negative; the same is given of the last one.
    crossings
        [shape=(n_hops, 2)] All crossings of the hop, and those at its very first sample (0 or 1).
    """
    for hop in range(energies.shape[0]):
        part = samples[hop * HOP_SAMPLES : (hop + 1) * HOP_SAMPLES]
        crossings[hop, 1] = (part[0] < _ZERO) != before
        n = crossings[hop, 1]
        for i in range(1, HOP_SAMPLES):
            n += (part[np.uint64(i)] < _ZERO) != (part[np.uint64(i - 1)] < _ZERO)
        crossings[hop, 0] = n
        energies[hop] = energy(part)
        before = part[HOP_SAMPLES - 1] < _ZERO
    return before


class FrameLevels:
    """RMS and zero-crossing rate of the analysis frames, with librosa's framing and definitions.

    The signal arrives in pieces; sums over hops are kept, and four of them make a frame.
    """

    def __init__(self) -> None:
        self._pending = np.zeros(0, np.float32)
        self._last_negative: bool | None = None
        self._energies = GrowingArray(dtype=np.float64)
        self._crossings = GrowingArray((2,), dtype=np.int16)
        self._n_samples = 0

    def push(self, samples: FloatArray) -> None:
        self._n_samples += len(samples)
        self._pending = np.concatenate((self._pending, samples))
        whole = len(self._pending) // HOP_SAMPLES * HOP_SAMPLES
        self._add(self._pending[:whole])
        self._pending = self._pending[whole:]

    def _add(self, samples: FloatArray) -> None:
        n = len(samples) // HOP_SAMPLES
        if n == 0:
            return
        if self._last_negative is None:
            self._last_negative = bool(samples[0] < _ZERO)
        energies, crossings = np.empty(n), np.empty((n, 2), np.int16)
        self._last_negative = _measure_hops(samples, self._last_negative, energies, crossings)
        self._energies.append(energies)
        self._crossings.append(crossings)

    def finish(self) -> tuple[FloatArray, FloatArray]:
        """Give the RMS and the zero-crossing rate of every frame [shape=(n_frames,), float32] each."""
        filler = -len(self._pending) % HOP_SAMPLES
        if filler:
            # The padding repeats the last sample for crossings, and is silence for energies.
            last = self._pending[-1]
            self._add(np.concatenate((self._pending, np.zeros(filler, np.float32))))
            self._crossings.rows()[-1, 0] -= last < _ZERO
        n_frames = 1 + self._n_samples // HOP_SAMPLES
        # A frame reaches two hops to either side of its middle; there is nothing before the first sample.
        energies, crossings = np.zeros(n_frames + 3), np.zeros((n_frames + 3, 2))
        n_hops = min(n_frames + 1, len(self._energies))
        energies[2 : 2 + n_hops] = self._energies.rows()[:n_hops]
        crossings[2 : 2 + n_hops] = self._crossings.rows()[:n_hops]
        total = sum(energies[i : i + n_frames] for i in range(_HOPS_PER_FRAME))
        crossed = sum(crossings[i : i + n_frames, 0] for i in range(_HOPS_PER_FRAME))
        # The crossing at a frame's very first sample is none within the frame.
        crossed = crossed - crossings[:n_frames, 1]
        rms = np.sqrt(np.asarray(total) / FRAME_SAMPLES).astype(np.float32)
        return rms, (np.asarray(crossed) / FRAME_SAMPLES).astype(np.float32)
