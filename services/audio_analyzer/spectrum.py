"""The shape of the spectrum: where its energy lies, how it is spread, how it changes.

Centroid, bandwidth, rolloff, flatness and contrast follow librosa's definitions and are means over all
frames. What describes a sound to the ear (brightness, warmth, roughness, noisiness) weighs frames by energy,
so that silence and fading tails do not speak for the sound.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from services.audio_analyzer.dimensions import N_CONTRAST_BANDS
from services.audio_analyzer.mel import FLOOR_POWER, DecibelStore, to_decibels
from services.audio_analyzer.partials import Partials
from services.audio_analyzer.stft import BIN_HZ, FREQUENCIES_HZ, N_BINS, FloatArray, Spectra

ROLLOFF_SHARE = 0.85
BRIGHT_FROM_HZ = 1_500.0
WARM_BELOW_HZ = 500.0
_CONTRAST_FROM_HZ, _CONTRAST_QUANTILE = 200.0, 0.02


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
def _band_extremes(
    magnitude: FloatArray, bands: npt.NDArray[np.int64], peaks: FloatArray, valleys: FloatArray
) -> None:
    """Fill in the mean of the strongest and of the weakest few bins of every band, for every frame."""
    low, high = np.empty(64, np.float32), np.empty(64, np.float32)
    for t in range(magnitude.shape[0]):
        for band in range(bands.shape[0]):
            first, end, n = bands[band]
            low[:n], high[:n] = np.inf, -np.inf
            for k in range(first, end):
                value = magnitude[t, k]
                if value < low[n - 1]:
                    i = n - 1
                    while i > 0 and low[i - 1] > value:
                        low[i] = low[i - 1]
                        i -= 1
                    low[i] = value
                if value > high[n - 1]:
                    i = n - 1
                    while i > 0 and high[i - 1] < value:
                        high[i] = high[i - 1]
                        i -= 1
                    high[i] = value
            peaks[t, band], valleys[t, band] = high[:n].mean(), low[:n].mean()


class SpectrumMeter:
    """Measures frames as they come, and keeps a few numbers of each."""

    def __init__(self) -> None:
        self._rows: list[FloatArray] = []
        self._last: FloatArray | None = None
        self._peaks_db, self._valleys_db = DecibelStore(), DecibelStore()

    def push(self, spectra: Spectra, mel: FloatArray, partials: Partials) -> None:
        """Take the next frames, with their mel power [shape=(n, n_mels)] and their partials."""
        magnitude, power = spectra.magnitude, spectra.power
        total = magnitude.sum(axis=1, dtype=np.float64)
        share = magnitude / np.where(total > np.finfo(np.float32).tiny, total, 1.0)[:, None]
        centroid = share @ FREQUENCIES_HZ.astype(np.float64)
        bandwidth = np.sqrt(np.maximum(share @ (FREQUENCIES_HZ.astype(np.float64) ** 2) - centroid**2, 0))
        energy = power.sum(axis=1, dtype=np.float64)
        self._rows.append(
            np.stack(
                (
                    energy,
                    centroid,
                    bandwidth,
                    _rolloff_hz(magnitude),
                    _flatness(power),
                    self._flux(magnitude, energy),
                    _flatness(mel),
                    partials.roughness,
                    power[:, round(BRIGHT_FROM_HZ / BIN_HZ) :].sum(axis=1) / np.maximum(energy, 1e-30),
                    power[:, : round(WARM_BELOW_HZ / BIN_HZ)].sum(axis=1) / np.maximum(energy, 1e-30),
                ),
                axis=1,
            ).astype(np.float32)
        )
        peaks, valleys = (np.empty((len(spectra), N_CONTRAST_BANDS), np.float32) for _ in range(2))
        _band_extremes(magnitude, _BANDS, peaks, valleys)
        self._peaks_db.push(to_decibels(peaks))
        self._valleys_db.push(to_decibels(valleys))

    def _flux(self, magnitude: FloatArray, energy: npt.NDArray[np.float64]) -> FloatArray:
        """Give the distance of each frame's unit-length spectrum from the one before; 0 for the first."""
        length = np.sqrt(np.maximum(energy, 1e-30)).astype(np.float32)
        unit: FloatArray = magnitude / length[:, None]
        last = unit[:1] if self._last is None else self._last
        before = np.concatenate((last, unit[:-1]))
        self._last = unit[-1:]
        return np.asarray(np.linalg.norm(unit - before, axis=1), np.float32)

    def frames(self) -> dict[str, FloatArray]:
        """Give what was measured in every frame, by name."""
        names = (
            "energy", "centroid", "bandwidth", "rolloff", "flatness",
            "flux", "noisiness", "roughness", "brightness", "warmth",
        )  # fmt: skip
        return dict(zip(names, np.concatenate(self._rows).T, strict=True))

    def contrast_db(self) -> npt.NDArray[np.float64]:
        """Give the mean contrast of each band [shape=(7,)], peaks over valleys."""
        pairs = zip(self._peaks_db.read(), self._valleys_db.read(), strict=True)
        sums, n = np.zeros(N_CONTRAST_BANDS), 0
        for peaks, valleys in pairs:
            sums += (peaks - valleys).sum(axis=0, dtype=np.float64)
            n += len(peaks)
        return sums / n

    def descriptors(self) -> dict[str, float]:
        frames = self.frames()
        weights = frames["energy"].astype(np.float64)
        weights = weights if weights.sum() > 0 else np.ones_like(weights)
        values = {
            "spectral_centroid_hz": frames["centroid"].mean(dtype=float),
            "spectral_centroid_std_hz": frames["centroid"].std(dtype=float),
            "spectral_bandwidth_hz": frames["bandwidth"].mean(dtype=float),
            "spectral_rolloff_hz": frames["rolloff"].mean(dtype=float),
            "spectral_flatness": frames["flatness"].mean(dtype=float),
            "spectral_flux": np.average(frames["flux"], weights=weights),
            "brightness": np.average(frames["brightness"], weights=weights),
            "warmth": np.average(frames["warmth"], weights=weights),
            "roughness": np.average(frames["roughness"], weights=weights),
            "noisiness": np.average(frames["noisiness"], weights=weights),
        }
        contrast = self.contrast_db()
        values |= {f"spectral_contrast_{band + 1}_db": contrast[band] for band in range(N_CONTRAST_BANDS)}
        return {name: float(value) for name, value in values.items()}


def _rolloff_hz(magnitude: FloatArray) -> FloatArray:
    """Give the frequency under which 85 % of a frame's magnitude lies."""
    cumulative = np.cumsum(magnitude, axis=1)
    reached = cumulative >= np.float32(ROLLOFF_SHARE) * cumulative[:, -1:]
    return np.asarray(FREQUENCIES_HZ[reached.argmax(axis=1)])


def _flatness(power: FloatArray) -> FloatArray:
    """Give the geometric over the arithmetic mean of a frame's power: 1 for a flat spectrum."""
    floored = np.maximum(power, np.float32(FLOOR_POWER))
    geometric = np.exp(np.log(floored).mean(axis=1, dtype=np.float64))
    return np.asarray(geometric / floored.mean(axis=1, dtype=np.float64), np.float32)
