"""Tells near duplicates by their fingerprints: the same recording in another codec, at another gain, trimmed.

Two fingerprints are laid over each other at every offset up to 0.6 s, in quarters of a frame. At each one the
gain between them is estimated and taken out, and what remains is compared where either is audible. A sound
that was cut lacks frames, so only what both have is compared, if that is half a second at least; shorter
sounds are compared whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from services.audio_analyzer.fingerprint import N_BANDS, N_LEVELS, STEP_DB, Levels, decode, halved
from services.audio_analyzer.loudness import DoubleArray
from services.audio_analyzer.stft import FloatArray

NEAR = 0.75
"""Similarity from which two sounds are near duplicates."""
_PHASES = 4
_REACH_HOPS = 26  # 0.6 s
_CUT_FROM_HOPS = 22  # 0.5 s
_EDGE_FRAMES = 2
"""A window reaches two hops beyond the sound; whether there are frames for that depends on its padding."""
_SPREAD = 4.0 / STEP_DB
"""A difference of 4 dB makes two sounds 1/e similar."""
_COVERED, _AUDIBLE = 0.5, 0.3
"""Shares of a sound that have to be compared, and to be above the other one's floor, to count in full."""


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _beyond(frames: FloatArray, floor: float) -> tuple[float, float]:
    """Give error and weight of frames to which the other sound has nothing."""
    error, weight, threshold = np.float32(0), np.float32(0), np.float32(floor)
    for t in range(frames.shape[0]):
        for band in range(N_BANDS):
            level = max(frames[t, band] - threshold, np.float32(0))
            error += level * level * level
            weight += level
    return float(error), float(weight)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _gain(a: FloatArray, b: FloatArray) -> tuple[float, float]:
    """Give how many levels `a` is above `b`, mean over what is audible in both, and how much is."""
    total, weight = np.float32(0), np.float32(0)
    for t in range(a.shape[0]):
        for band in range(N_BANDS):
            w = min(a[t, band], b[t, band])
            total += w * (a[t, band] - b[t, band])
            weight += w
    return float(total / max(weight, np.float32(1e-9))), float(weight)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _difference(
    a: FloatArray, low: FloatArray, middle: FloatArray, high: FloatArray, gain: float, floor: float
) -> tuple[float, float]:
    """Give squared error and weight of frames `a` against the span that `b` passes through meanwhile."""
    error, weight = np.float32(0), np.float32(0)
    raised, lowest = np.float32(gain), np.float32(floor)
    for t in range(a.shape[0]):
        for band in range(N_BANDS):
            level = max(a[t, band], lowest)
            w = max(level, middle[t, band] + raised) - lowest
            below = max(low[t, band] + raised, lowest) - level
            above = level - max(high[t, band] + raised, lowest)
            off = max(below, above, np.float32(0))
            error += w * off * off
            weight += w
    return float(error), float(weight)


@njit(cache=True, nogil=True, error_model="numpy")
def _weight_above(counts: DoubleArray, floor: float) -> float:
    total = 0.0
    for level in range(counts.shape[0]):
        total += counts[level] * max(level - floor, 0.0)
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _best_match(
    a: FloatArray, a_counts: DoubleArray, b: FloatArray, b_counts: DoubleArray, reach: int, cut_from: int
) -> float:
    """Give the similarity at the best offset; `b` [shape=(3, phases, frames, bands)] is low, middle, high."""
    n, m, best = a.shape[0], b.shape[2], 0.0
    a_weight, b_weight = _weight_above(a_counts, 0.0), _weight_above(b_counts, 0.0)
    for shift in range(-reach, reach + 1):
        start, end = max(0, shift), min(n, m + shift)
        if end <= start:
            continue
        ours, here, there = a[start:end], start - shift, end - shift
        for phase in range(b.shape[1]):
            low, middle, high = b[0, phase], b[1, phase], b[2, phase]
            gain, comparable = _gain(ours, middle[here:there])
            if comparable <= 0:
                continue
            floor = max(gain, 0.0)
            error, weight = _difference(
                ours, low[here:there], middle[here:there], high[here:there], gain, floor
            )
            if end - start < cut_from:
                for frames, level in (
                    (a[: max(0, shift - _EDGE_FRAMES)], floor),
                    (a[min(n, m + shift + _EDGE_FRAMES) :], floor),
                    (middle[: max(0, -shift - _EDGE_FRAMES)], floor - gain),
                    (middle[min(m, n - shift + _EDGE_FRAMES) :], floor - gain),
                ):
                    more_error, more_weight = _beyond(frames, level)
                    error += more_error
                    weight += more_weight
            if weight <= 0:
                continue
            a_above, b_above = _weight_above(a_counts, floor), _weight_above(b_counts, floor - gain)
            covered = min(1.0, weight / max(a_above, b_above) / _COVERED)
            audible = min(1.0, min(a_above / a_weight, b_above / b_weight) / _AUDIBLE)
            best = max(best, covered * audible * np.exp(-error / weight / _SPREAD**2))
    return best


def _at_scale(levels: Levels, scale: int, *, wanted: int) -> FloatArray:
    """Give levels [float32] at a lower frame rate, as if the sound had been told at that rate at once."""
    if scale == wanted:
        return levels.astype(np.float32)
    power = np.where(levels > 0, 10 ** ((levels - np.float32(N_LEVELS - 1)) * np.float32(STEP_DB / 10)), 0)
    for _ in range(scale, wanted):
        power = halved(power.astype(np.float32))
    return _levels(power, 10.0)


def _levels(amplitude: FloatArray, factor: float) -> FloatArray:
    steps = np.log10(np.maximum(amplitude, 1e-9)) * (factor / STEP_DB) + (N_LEVELS - 1)
    return np.asarray(np.maximum(steps, 0), np.float32)


def _passing(levels: FloatArray) -> FloatArray:
    """Give the levels between frames: [shape=(3, phases, n_frames, bands)].

    In phase p, frame t stands at ``t - p / phases``. The second of the three is the level there, the first
    and the third are the lowest and the highest within a quarter of a frame: where a sound begins or ends
    abruptly, a little of time is a lot of decibels.
    """
    padded = np.zeros((len(levels) + 2, N_BANDS), np.float32)
    padded[1:-1] = np.where(levels > 0, 10 ** ((levels - (N_LEVELS - 1)) * (STEP_DB / 20)), 0)

    def at(phase: int) -> FloatArray:
        part = abs(phase) / _PHASES
        neighbour = padded[:-2] if phase > 0 else padded[2:]
        return _levels((1 - part) * padded[1:-1] + part * neighbour, 20.0)

    steps = np.stack([at(phase) for phase in range(-1, _PHASES + 1)])
    spans = np.lib.stride_tricks.sliding_window_view(steps, 3, axis=0)
    return np.stack((spans.min(axis=-1), steps[1:-1], spans.max(axis=-1)))


def _counts(levels: FloatArray) -> DoubleArray:
    return np.bincount(np.rint(levels).astype(np.int64).ravel(), minlength=N_LEVELS).astype(np.float64)


class _Voice:
    """A fingerprint, made ready to be compared at the scales that are asked for."""

    def __init__(self, fingerprint: str) -> None:
        self.scale, self._levels = decode(fingerprint)
        self._ready: dict[int, tuple[FloatArray, DoubleArray, FloatArray]] = {}

    def at(self, scale: int) -> tuple[FloatArray, DoubleArray, FloatArray]:
        if scale not in self._ready:
            levels = _at_scale(self._levels, self.scale, wanted=scale)
            self._ready[scale] = levels, _counts(levels), _passing(levels)
        return self._ready[scale]


def _compare(a: _Voice, b: _Voice) -> float:
    scale = max(a.scale, b.scale)
    (levels, counts, _), (_, other_counts, passing) = a.at(scale), b.at(scale)
    reach, cut_from = (_REACH_HOPS >> scale) + 1, max(1, _CUT_FROM_HOPS >> scale)
    return float(_best_match(levels, counts, passing, other_counts, reach, cut_from))


def similarity(a: str, b: str) -> float:
    """Say how alike two fingerprints are: 1 for the same, near 0 for different sounds, the same both ways.

    Raises
    ------
    UnsupportedError
        When one is of another version, or no fingerprint.
    """
    first, second = sorted((a, b))
    return _compare(_Voice(first), _Voice(second))


@dataclass(frozen=True, slots=True)
class Group:
    """Sounds each of which is a near duplicate of another one in the group.

    Attributes
    ----------
    members
        Their places in what was given, ascending.
    similarity
        Of the weakest link that holds the group together.
    """

    members: tuple[int, ...]
    similarity: float


def near_duplicates(fingerprints: Sequence[str | None], *, threshold: float = NEAR) -> Iterator[Group]:
    """Find groups of near duplicates among sounds; those without a fingerprint are in none.

    Every pair is compared: the work grows with the square of their number.
    """
    voices = {i: (text, _Voice(text)) for i, text in enumerate(fingerprints) if text is not None}
    order = sorted(voices, key=lambda i: voices[i][0])
    links = [
        (_compare(voices[i][1], voices[j][1]), i, j)
        for place, i in enumerate(order)
        for j in order[place + 1 :]
    ]
    group_of = {i: i for i in voices}
    weakest = dict.fromkeys(voices, 1.0)
    for strength, i, j in sorted(links, reverse=True):
        if strength < threshold:
            break
        kept, merged = sorted((group_of[i], group_of[j]))
        if kept != merged:
            group_of = {member: kept if group == merged else group for member, group in group_of.items()}
            weakest[kept] = strength
    for group in sorted(set(group_of.values())):
        members = tuple(sorted(member for member, of in group_of.items() if of == group))
        if len(members) > 1:
            yield Group(members, weakest[group])
