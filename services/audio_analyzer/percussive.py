"""How much of a sound is hits and how much is tones: harmonic-percussive separation.

A tone is a ridge along time, a hit a ridge along frequency; a median over 31 frames keeps the one, a median
over 31 bins keeps the other, and each point of the spectrogram is shared out between them.

References
----------
D. FitzGerald, "Harmonic/percussive separation using median filtering", DAFx-10 (2010).
"""

import numpy as np
from numba import njit

from services.audio_analyzer.medians import LANES, WIDTH, WINDOWS, medians_along_rows
from services.audio_analyzer.stft import N_BINS, FloatArray

REACH = WIDTH // 2
_PITCH = -(-N_BINS // LANES) * LANES
_BIN_ROWS = -(-N_BINS // WINDOWS) * WINDOWS
_FRAMES_AT_ONCE = 128


@njit(cache=True, nogil=True, error_model="numpy")
def _bins_as_rows(frames: FloatArray, first: int, by_bin: FloatArray) -> None:
    """Turn eight frames to rows of bins, continued at both ends by their mirror image."""
    for row in range(N_BINS + 2 * REACH):
        k = row - REACH
        k = -1 - k if k < 0 else min(k, 2 * N_BINS - 1 - k)
        for lane in range(LANES):
            by_bin[row * LANES + lane] = frames[(first + lane) * _PITCH + k]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"nnan", "ninf", "nsz", "reassoc", "contract"})
def _shares(frame: FloatArray, tones: FloatArray, hits: FloatArray, first: int) -> tuple[float, float]:
    """Give the energies of one frame's harmonic and percussive parts, from bin `first` up."""
    harmonic, percussive = np.float32(0), np.float32(0)
    for k in range(first, N_BINS - 1):
        tone, hit = tones[k] * tones[k], hits[k] * hits[k]
        scale = frame[k] / (tone + hit + np.float32(1e-30))
        harmonic += (tone * scale) * (tone * scale)
        percussive += (hit * scale) * (hit * scale)
    return float(harmonic), float(percussive)


@njit(cache=True, nogil=True, error_model="numpy")
def _share_out(frames: FloatArray, n: int) -> tuple[float, float]:
    """Give the harmonic and the percussive energy of `n` frames.

    Parameters
    ----------
    frames
        [shape=((n + 30) * 1032,), float32] The frames with 15 more on either side, `n` rounded up to 16.
    """
    tones = np.empty(WINDOWS * _PITCH, np.float32)
    by_bin = np.zeros((_BIN_ROWS + 2 * REACH) * LANES, np.float32)
    hits_by_bin = np.empty(_BIN_ROWS * LANES, np.float32)
    hits = np.empty(N_BINS, np.float32)
    harmonic, percussive = 0.0, 0.0
    for first in range(0, n, WINDOWS):
        medians_along_rows(frames, first * _PITCH, _PITCH, WINDOWS, tones)
        for t in range(min(WINDOWS, n - first)):
            lane = t % LANES
            if lane == 0:
                _bins_as_rows(frames, first + t + REACH, by_bin)
                medians_along_rows(by_bin, 0, LANES, _BIN_ROWS, hits_by_bin)
            for k in range(N_BINS):
                hits[k] = hits_by_bin[k * LANES + lane]
            start = (first + t + REACH) * _PITCH
            frame, frame_tones = frames[start : start + N_BINS], tones[t * _PITCH : t * _PITCH + N_BINS]
            # Bins other than the first and the last stand for a negative frequency, too.
            inner = _shares(frame, frame_tones, hits, 1)
            harmonic += 2 * inner[0]
            percussive += 2 * inner[1]
            for k in (0, N_BINS - 1):
                tone, hit = frame_tones[k] ** 2, hits[k] ** 2
                scale = frame[k] / (tone + hit + np.float32(1e-30))
                harmonic += (tone * scale) ** 2
                percussive += (hit * scale) ** 2
    return harmonic, percussive


class PercussiveMeter:
    """Shares out the energy of a spectrogram that arrives in pieces, keeping 158 frames at a time."""

    def __init__(self) -> None:
        self._rows = np.zeros((_FRAMES_AT_ONCE + 2 * REACH, _PITCH), np.float32)
        # The first frames are mirrored to before the beginning once there are enough of them.
        self._n_rows = REACH
        self._begun = False
        self._harmonic = self._percussive = 0.0

    def push(self, magnitude: FloatArray) -> None:
        """Take the next frames [shape=(n, n_bins), float32]."""
        while len(magnitude):
            taken = magnitude[: len(self._rows) - self._n_rows]
            self._rows[self._n_rows : self._n_rows + len(taken), :N_BINS] = taken
            self._n_rows += len(taken)
            magnitude = magnitude[len(taken) :]
            if self._n_rows == len(self._rows):
                if not self._begun:
                    self._rows[:REACH] = self._rows[REACH : 2 * REACH][::-1]
                    self._begun = True
                self._add(self._rows, _FRAMES_AT_ONCE)
                self._rows[: 2 * REACH] = self._rows[_FRAMES_AT_ONCE:]
                self._n_rows = 2 * REACH

    def _add(self, rows: FloatArray, n: int) -> None:
        harmonic, percussive = _share_out(rows.reshape(-1), n)
        self._harmonic += harmonic
        self._percussive += percussive

    def finish(self) -> float | None:
        """Give the percussive share of the energy, 0 (tones) to 1 (hits); ``None`` without energy."""
        n = self._n_rows - REACH
        if n > 0:
            rows = np.arange(-(-n // WINDOWS) * WINDOWS + 2 * REACH)
            if self._begun:
                mirrored = np.maximum(np.minimum(rows, 2 * self._n_rows - 1 - rows), 0)
            else:
                # A sound of few frames is mirrored over and over.
                within = (rows - REACH) % (2 * n)
                mirrored = REACH + np.minimum(within, 2 * n - 1 - within)
            self._add(self._rows[mirrored], n)
        total = self._percussive + self._harmonic
        return self._percussive / total if total > 0 else None
