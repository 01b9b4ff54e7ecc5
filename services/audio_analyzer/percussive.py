"""How much of a sound is hits and how much is tones: harmonic-percussive separation.

A tone is a ridge along time, a hit a ridge along frequency; a median over 31 frames keeps the one, a median
over 31 bins keeps the other, and each point of the spectrogram is shared out between them.

References
----------
D. FitzGerald, "Harmonic/percussive separation using median filtering", DAFx-10 (2010).
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from services.audio_analyzer.stft import N_BINS, FloatArray

WIDTH = 31
REACH = WIDTH // 2
_LANES = 64
_FRAMES_AT_ONCE = 128


def _middle_pair_network() -> tuple[npt.NDArray[np.int64], int, int]:
    """Build the comparisons that leave the two middle values of 30 in two known places.

    Forgetful selection: of 17 values neither the smallest nor the largest is in the middle of all 30, so both
    are forgotten and the next value takes their place, until two are left.

    Returns
    -------
    comparisons
        [shape=(n, 2), int64] Put the smaller into the first place, the larger into the second.
    lower, upper
        The places of the 15th and 16th smallest value.
    """
    comparisons: list[tuple[int, int]] = []
    places = list(range(17))
    following = iter(range(17, WIDTH - 1))
    while True:
        low, high = 0, len(places) - 1
        while low < high:
            comparisons.append((places[low], places[high]))
            low, high = low + 1, high - 1
        if low == high:
            comparisons += [(places[0], places[low]), (places[low], places[-1])]
        half = len(places) // 2
        comparisons += [(places[0], places[i]) for i in range(1, half)]
        comparisons += [(places[i], places[-1]) for i in range(len(places) - 2, len(places) - 1 - half, -1)]
        if len(places) == 2:
            return np.array(comparisons), places[0], places[1]
        places = places[1:-1]
        newcomer = next(following, None)
        if newcomer is not None:
            places.append(newcomer)


_network, _lower, _upper = _middle_pair_network()
_NETWORK, _LOWER, _UPPER = (_network * _LANES).astype(np.uint64), _lower * _LANES, _upper * _LANES


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"nnan", "nsz"})
def _sliding_medians(
    rows: FloatArray, width: int, network: npt.NDArray[np.uint64], lower: int, upper: int, medians: FloatArray
) -> None:
    """Fill in the median of every 31 rows in a row, column by column.

    Two neighbouring windows share 30 rows; the median of 31 is the odd one, held between the two middle
    values of the shared 30. One selection so serves two outputs. Indices are unsigned, and all arrays flat:
    signed ones would have to be checked for wrapping round, and keep the loops from being vectorised.

    Parameters
    ----------
    rows
        [shape=((n + 30) * width,), float32], width a multiple of 64.
    network, lower, upper
        As `_middle_pair_network` gives them, in units of 64.
    medians
        [shape=(n * width,), float32], n even.
    """
    work = np.empty((WIDTH - 1) * _LANES, np.float32)
    pitch, lanes = np.uint64(width), np.uint64(_LANES)
    for column in range(0, width, _LANES):
        for i in range(0, medians.shape[0] // width, 2):
            first = np.uint64(i) * pitch + np.uint64(column)
            for j in range(1, WIDTH):
                source, target = first + np.uint64(j) * pitch, np.uint64(j - 1) * lanes
                for lane in range(_LANES):
                    work[target + np.uint64(lane)] = rows[source + np.uint64(lane)]
            for c in range(network.shape[0]):
                low, high = network[np.uint64(c), np.uint64(0)], network[np.uint64(c), np.uint64(1)]
                for lane in range(_LANES):
                    a, b = work[low + np.uint64(lane)], work[high + np.uint64(lane)]
                    work[low + np.uint64(lane)], work[high + np.uint64(lane)] = min(a, b), max(a, b)
            last = first + np.uint64(WIDTH) * pitch
            for lane in range(_LANES):
                k = np.uint64(lane)
                low_middle, high_middle = work[np.uint64(lower) + k], work[np.uint64(upper) + k]
                medians[first + k] = min(max(rows[first + k], low_middle), high_middle)
                medians[first + pitch + k] = min(max(rows[last + k], low_middle), high_middle)


def medians_along_rows(padded: FloatArray) -> FloatArray:
    """Give the median of every 31 consecutive rows: [shape=(n + 30, width)] to [shape=(n, width)]."""
    n_rows, width = padded.shape
    n = n_rows - WIDTH + 1
    n_even, whole = n + n % 2, -(-width // _LANES) * _LANES
    rows = np.zeros((n_even + WIDTH - 1, whole), np.float32)
    rows[:n_rows, :width] = padded
    medians = np.empty((n_even, whole), np.float32)
    _sliding_medians(rows.reshape(-1), whole, _NETWORK, _LOWER, _UPPER, medians.reshape(-1))
    return medians[:n, :width]


class PercussiveMeter:
    """Shares out the energy of a spectrogram that arrives in pieces, keeping 160 frames at a time."""

    def __init__(self) -> None:
        self._frames = np.zeros((0, N_BINS), np.float32)
        self._begun = False
        self._percussive = self._harmonic = 0.0

    def push(self, magnitude: FloatArray) -> None:
        """Take the next frames [shape=(n, n_bins), float32]."""
        self._frames = np.concatenate((self._frames, magnitude))
        if not self._begun and len(self._frames) >= WIDTH:
            self._frames = np.pad(self._frames, ((REACH, 0), (0, 0)), mode="symmetric")
            self._begun = True
        while self._begun and len(self._frames) >= _FRAMES_AT_ONCE + WIDTH - 1:
            self._share_out(self._frames[: _FRAMES_AT_ONCE + WIDTH - 1])
            self._frames = self._frames[_FRAMES_AT_ONCE:]

    def _share_out(self, padded: FloatArray) -> None:
        frames = padded[REACH:-REACH]
        tones = np.square(medians_along_rows(padded))
        by_bin = np.pad(frames.T, ((REACH, REACH), (0, 0)), mode="symmetric")
        hits = np.square(medians_along_rows(by_bin).T)
        scale = frames / np.maximum(tones + hits, np.float32(1e-30))
        # Bins other than the first and the last stand for a negative frequency, too.
        both_sides = np.full(N_BINS, 2.0)
        both_sides[[0, -1]] = 1.0
        self._harmonic += float(np.square(tones * scale).sum(axis=0, dtype=np.float64) @ both_sides)
        self._percussive += float(np.square(hits * scale).sum(axis=0, dtype=np.float64) @ both_sides)

    def finish(self) -> float | None:
        """Give the percussive share of the energy, 0 (tones) to 1 (hits); ``None`` without energy."""
        before = 0 if self._begun else REACH
        if len(self._frames) and not (self._begun and len(self._frames) <= REACH):
            self._share_out(np.pad(self._frames, ((before, REACH), (0, 0)), mode="symmetric"))
        total = self._percussive + self._harmonic
        return self._percussive / total if total > 0 else None
