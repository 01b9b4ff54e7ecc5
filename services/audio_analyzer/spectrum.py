"""The shape of the spectrum: where its energy lies, how it is spread, how it changes.

Centroid, bandwidth, rolloff, flatness and contrast follow librosa's definitions and are means over all
frames. What describes a sound to the ear (brightness, warmth, roughness, noisiness) weighs frames by energy,
so that silence and fading tails do not speak for the sound.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from services.audio_analyzer.dimensions import N_CONTRAST_BANDS
from services.audio_analyzer.float_bits import number_of
from services.audio_analyzer.frame_store import FrameStore
from services.audio_analyzer.loudness import DoubleArray
from services.audio_analyzer.mel import RANGE_DB, to_decibels
from services.audio_analyzer.partials import Partials
from services.audio_analyzer.spectral_frames import MEASURES, measure_frames
from services.audio_analyzer.stft import FREQUENCIES_HZ, N_BINS, FloatArray, Spectra

CONTRAST_FLOOR = 1e-6
_CONTRAST_FROM_HZ, _CONTRAST_QUANTILE = 200.0, 0.02
_LARGEST_BITS = 0x7F7FFFFF
_RUN = 16


def _contrast_bands() -> npt.NDArray[np.int64]:
    """Give the octave bands of the spectral contrast.

    Returns
    -------
    [shape=(7, 3), int64]
        First bin, one past the last bin, and how many bins make a peak or a valley.
    """
    edges = np.concatenate(([0.0], _CONTRAST_FROM_HZ * 2.0 ** np.arange(N_CONTRAST_BANDS)))
    bands = []
    for k in range(N_CONTRAST_BANDS):
        inside = np.flatnonzero((edges[k] <= FREQUENCIES_HZ) & (edges[k + 1] >= FREQUENCIES_HZ))
        first, last = int(inside[0]), int(inside[-1])
        if k > 0:
            first -= 1
        if k == N_CONTRAST_BANDS - 1:
            last = N_BINS - 1
        n_extreme = max(1, int(np.rint(_CONTRAST_QUANTILE * (last + 1 - first))))
        bands.append((first, last + (k == N_CONTRAST_BANDS - 1), n_extreme))
    return np.array(bands)


_BANDS = _contrast_bands()


@njit(cache=True, nogil=True, error_model="numpy")
def _insert(sorted_bits: npt.NDArray[np.int32], n: int, value: int, sign: int) -> None:
    """Put a value in its place among the `n` smallest (sign 1) or largest (sign -1), if it belongs there."""
    i = n - 1
    if sign * value >= sign * sorted_bits[i]:
        return
    while i > 0 and sign * sorted_bits[i - 1] > sign * value:
        sorted_bits[i] = sorted_bits[i - 1]
        i -= 1
    sorted_bits[i] = value


@njit(cache=True, nogil=True, error_model="numpy")
def _range_of_run(bits: npt.NDArray[np.int32], start: int) -> tuple[int, int]:
    """Give the least and the largest of 16 values. Signed indices would keep this out of vector registers."""
    first = np.uint64(start)
    least = largest = bits[first]
    for i in range(_RUN):
        value = bits[first + np.uint64(i)]
        least, largest = min(least, value), max(largest, value)
    return least, largest


@njit(cache=True, nogil=True, error_model="numpy")
def _band_extremes(
    bits: npt.NDArray[np.int32], bands: npt.NDArray[np.int64], peaks: FloatArray, valleys: FloatArray
) -> None:
    """Fill in the mean of the strongest and of the weakest few bins of every band, for every frame.

    Magnitudes are not negative, so they are ordered as their bits are, read as integers; runs of bins that
    hold nothing extreme are passed over.

    Parameters
    ----------
    bits
        [shape=(n_frames * n_bins,)] The bits of the magnitudes.
    """
    low, high = np.empty(64, np.int32), np.empty(64, np.int32)
    for t in range(peaks.shape[0]):
        for band in range(bands.shape[0]):
            first, end, n = bands[band]
            first, end = t * N_BINS + first, t * N_BINS + end
            low[:n], high[:n] = _LARGEST_BITS, 0
            whole = first + (end - first) // _RUN * _RUN
            for start in range(first, whole, _RUN):
                least, largest = _range_of_run(bits, start)
                if least < low[n - 1]:
                    for k in range(start, start + _RUN):
                        _insert(low, n, bits[k], 1)
                if largest > high[n - 1]:
                    for k in range(start, start + _RUN):
                        _insert(high, n, bits[k], -1)
            for k in range(whole, end):
                _insert(low, n, bits[k], 1)
                _insert(high, n, bits[k], -1)
            peak, valley = np.float32(0), np.float32(0)
            for i in range(n):
                peak += number_of(high[i])
                valley += number_of(low[i])
            peaks[t, band], valleys[t, band] = peak / n, valley / n


_AVERAGED = (*MEASURES, "roughness")


class SpectrumMeter:
    """Measures frames as they come, and keeps sums over them; of the contrast, a few bytes of each."""

    def __init__(self) -> None:
        self._n_frames = 0
        self._energy = 0.0
        self._sums, self._weighted = np.zeros(len(_AVERAGED)), np.zeros(len(_AVERAGED))
        self._centroid_squares = 0.0
        self._last: FloatArray | None = None
        self._extremes_db = FrameStore(2 * N_CONTRAST_BANDS, np.float32)  # peaks, then valleys
        self._highest_peak_db = self._highest_valley_db = np.float32(-np.inf)

    def push(self, spectra: Spectra, mel: FloatArray, partials: Partials) -> None:
        """Take the next frames, with their mel power [shape=(n, n_mels)] and their partials."""
        n = len(spectra)
        if self._last is None:
            self._last = spectra.magnitude[0].copy()
        frames = np.empty((n, len(_AVERAGED)), np.float32)
        measure_frames(spectra.magnitude, spectra.power, mel, self._last, frames)
        frames[:, -1] = partials.roughness
        self._add(frames.astype(np.float64))
        peaks, valleys = (np.empty((n, N_CONTRAST_BANDS), np.float32) for _ in range(2))
        _band_extremes(spectra.magnitude.reshape(-1).view(np.int32), _BANDS, peaks, valleys)
        floor = np.float32(CONTRAST_FLOOR) * np.sqrt(frames[:, :1])
        peaks, valleys = (to_decibels(np.maximum(extremes, floor)) for extremes in (peaks, valleys))
        self._highest_peak_db = max(self._highest_peak_db, peaks.max())
        self._highest_valley_db = max(self._highest_valley_db, valleys.max())
        self._extremes_db.push(np.hstack((peaks, valleys)))

    def _add(self, frames: DoubleArray) -> None:
        energy, centroid = frames[:, 0], frames[:, 1]
        self._n_frames += len(frames)
        self._energy += float(energy.sum())
        self._sums += frames.sum(axis=0)
        self._weighted += energy @ frames
        self._centroid_squares += float(centroid @ centroid)

    def contrast_db(self) -> DoubleArray:
        """Give the mean contrast of each band [shape=(7,)], peaks over valleys.

        As in librosa, but that nothing counts as lower than `CONTRAST_FLOOR` times the frame's magnitude
        (the root of its energy): further down the rounding of the transform is measured, not the sound.
        """
        total = np.zeros(N_CONTRAST_BANDS)
        for extremes in self._extremes_db.read():
            peaks, valleys = np.hsplit(extremes, 2)
            heard = np.maximum(peaks, self._highest_peak_db - np.float32(RANGE_DB))
            heard -= np.maximum(valleys, self._highest_valley_db - np.float32(RANGE_DB))
            total += heard.sum(axis=0, dtype=np.float64)
        return total / self._n_frames

    def descriptors(self) -> dict[str, float]:
        mean = dict(zip(_AVERAGED, self._sums / self._n_frames, strict=True))
        loud = mean
        if self._energy > 0:
            loud = dict(zip(_AVERAGED, self._weighted / self._energy, strict=True))
        variance = self._centroid_squares / self._n_frames - mean["centroid"] ** 2
        values = {
            "spectral_centroid_hz": mean["centroid"],
            "spectral_centroid_std_hz": np.sqrt(max(variance, 0.0)),
            "spectral_bandwidth_hz": mean["bandwidth"],
            "spectral_rolloff_hz": mean["rolloff"],
            "spectral_flatness": mean["flatness"],
            "spectral_flux": loud["flux"],
            "brightness": loud["brightness"],
            "warmth": loud["warmth"],
            "roughness": loud["roughness"],
            "noisiness": loud["noisiness"],
        }
        contrast = self.contrast_db()
        values |= {f"spectral_contrast_{band + 1}_db": contrast[band] for band in range(N_CONTRAST_BANDS)}
        return {name: float(value) for name, value in values.items()}
