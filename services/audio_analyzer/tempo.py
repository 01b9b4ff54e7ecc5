"""The tempo of a sound, how sure it is, and which other tempi could be heard in it.

People tap to one level of a metre: a beat that is divided and that makes up bars. A period is therefore
judged by how well the growth of the sound correlates with itself one, two and four periods later, and half a
period later; tempi near two a second are preferred, as listeners do. What is left undecided, mostly an
octave, is told as alternatives.

References
----------
G. Peeters, "Template-based estimation of time-varying tempo", EURASIP Journal on Advances in Signal
Processing (2007); D. Moelants, "Preferred tempo reconsidered", ICMPC 7 (2002).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft

from services.audio_analyzer.stft import ANALYSIS_RATE_HZ, HOP_SAMPLES, FloatArray

FRAME_RATE_HZ = ANALYSIS_RATE_HZ / HOP_SAMPLES
SLOWEST_BPM, FASTEST_BPM = 38.0, 252.0
PREFERRED_BPM, PREFERENCE_OCTAVES = 126.0, 0.7
FASTEST_TAPPED_BPM = 190.0
MOST_ALTERNATIVES = 5
LEAST_ALTERNATIVE = 0.2
LEAST_FRAMES = 8
_WINDOW_FRAMES = 512
_TEMPI_PER_OCTAVE = 48
_LEVELS = (0.5, 1.0, 2.0, 4.0)  # of the metre, in beats
_LEVEL_WEIGHTS = np.array([0.3, 1.0, 1.0, 0.6])
_RELIABLE_LAGS = 0.8  # of a window: beyond, too little overlaps
_NO_ACCENT = 0.92  # when half a beat later all is as it was, and a beat is no more than a division
_EMPTY_BEAT, _FULL_BAR = 0.05, 0.85
_CHANCE = 2.0  # standard deviations of what unrelated frames correlate by chance
_RELATED = (0.5, 2.0, 1 / 3, 3.0, 2 / 3, 1.5)  # periods, of the preferred one
_LOOP_BONUS, _LOOP_REACH = 0.4, 0.012
_SAME_TEMPO = 0.08  # octaves
_UNSURE_FRAMES = 1.3  # at the largest lag that a tempo is measured at

DoubleArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tempo:
    """A tempo that may be heard.

    `strength` is the highest autocorrelation at one to four of its beats, less what chance gives: 0 to 1.
    """

    bpm: float
    strength: float


def autocorrelation(strength: FloatArray) -> DoubleArray:
    """Give the mean autocorrelation of half-overlapping windows by lag, 1 at lag 0.

    Windows of twelve seconds follow a tempo that drifts; each lag is corrected for its shrinking overlap.
    """
    width = min(len(strength), _WINDOW_FRAMES)
    windows = np.lib.stride_tricks.sliding_window_view(strength, width)[:: max(1, width // 2)]
    size = scipy.fft.next_fast_len(2 * width, real=True)
    total = np.zeros(width)
    for start in range(0, len(windows), 256):
        part = windows[start : start + 256]
        part = part - part.mean(axis=1, keepdims=True)
        spectrum = scipy.fft.rfft(part, size, axis=1)
        power = (spectrum.real**2 + spectrum.imag**2).sum(axis=0)
        total += scipy.fft.irfft(power, size)[:width]
    overlap = width / (width - np.arange(width))
    return np.asarray(total * overlap / total[0]) if total[0] > 0 else total


def _tempi() -> DoubleArray:
    n = int(np.log2(FASTEST_BPM / SLOWEST_BPM) * _TEMPI_PER_OCTAVE)
    return np.asarray(SLOWEST_BPM * 2 ** (np.arange(n + 1) / _TEMPI_PER_OCTAVE))


_TEMPI_BPM = _tempi()
_LAGS = 60 * FRAME_RATE_HZ / _TEMPI_BPM
_PREFERENCE = np.exp(-0.5 * (np.log2(_TEMPI_BPM / PREFERRED_BPM) / PREFERENCE_OCTAVES) ** 2)


def _bpm(lag: float) -> float:
    return 60 * FRAME_RATE_HZ / lag


class _Metre:
    """The autocorrelation, asked in beats."""

    def __init__(self, strength: FloatArray) -> None:
        self._correlation = autocorrelation(strength)
        self._n_frames = len(strength)
        self._last = int(_RELIABLE_LAGS * len(self._correlation)) - 2
        # A beat of 21.5 frames shows at 43 more than at 21 or 22.
        near = np.maximum(np.roll(self._correlation, 1), np.roll(self._correlation, -1))
        self._near = np.maximum(self._correlation, 0.97 * near)

    def at(self, lags: npt.ArrayLike) -> DoubleArray:
        """Give the autocorrelation at lags between the frames; NaN where there is none."""
        lags = np.asarray(lags, np.float64)
        known = lags <= self._last
        below = np.minimum(lags.astype(np.int64), max(self._last, 0))
        values = self._near[below] + (lags - below) * (self._near[below + 1] - self._near[below])
        return np.where(known, values, np.nan)

    def salience(self) -> DoubleArray:
        """Give how well each tempo on the grid explains the sound, 0 to 1; nothing is known of the slowest
        ones of a short sound, which get 0.
        """
        levels = np.stack([self.at(_LAGS * level) for level in _LEVELS])
        known = ~np.isnan(levels)
        weights = (_LEVEL_WEIGHTS[:, None] * known).sum(axis=0)
        sums = (_LEVEL_WEIGHTS[:, None] * np.where(known, levels, 0.0)).sum(axis=0)
        return np.where(known[1], sums / np.maximum(weights, 1e-9), 0.0)

    def tempo(self, lag: float) -> Tempo:
        """Give a tempo with its strength: the best of one to four beats, less what chance would give."""
        best = 0.0
        for level in (1, 2, 3, 4):
            found = float(self.at(level * lag))
            if not np.isnan(found):
                chance = _CHANCE / np.sqrt(max(self._n_frames - level * lag, 1.0))
                best = max(best, (found - chance) / (1 - chance) if chance < 1 else 0.0)
        return Tempo(float(_bpm(lag)), float(min(best, 1.0)))

    def tapped(self, lag: float) -> float:
        """Move to the level of the metre that people tap, where the one found leaves no doubt."""
        while 2 * _bpm(lag) <= FASTEST_TAPPED_BPM:
            half, whole = self.at((lag / 2, lag))
            if not (whole > _EMPTY_BEAT and half >= _NO_ACCENT * whole):
                break
            lag /= 2
        whole, double = self.at((lag, 2 * lag))
        empty = whole < _EMPTY_BEAT and double > _FULL_BAR and _bpm(2 * lag) >= SLOWEST_BPM
        return 2 * lag if empty or _bpm(lag) > FASTEST_TAPPED_BPM else lag

    def refined(self, lag: float) -> float:
        """Measure a lag at its multiples up to the largest, where an error of a frame weighs least."""
        reach = 1.5
        for multiple in range(1, int(self._last // lag) + 1):
            peak = _peak_near(self._correlation, multiple * lag, reach)
            if peak is not None:
                lag, reach = peak / multiple, 1.0
        return lag


def _peak_near(values: DoubleArray, lag: float, reach: float) -> float | None:
    """Find the top of the highest peak within `reach` of a lag, between samples, if there is one."""
    low, high = max(1, int(np.floor(lag - reach))), min(len(values) - 2, int(np.ceil(lag + reach)))
    if high < low:
        return None
    k = low + int(values[low : high + 1].argmax())
    left, centre, right = values[k - 1 : k + 2]
    bend = left - 2 * centre + right
    if centre < left or centre < right or bend >= 0:
        return None
    return float(k + 0.5 * (left - right) / bend)


def _loop_bonus(loop_s: float) -> DoubleArray:
    n_beats = _TEMPI_BPM * loop_s / 60
    bars = np.maximum(np.rint(n_beats / 4), 1)
    return np.asarray(1 + _LOOP_BONUS * np.exp(-0.5 * ((n_beats / (4 * bars) - 1) / _LOOP_REACH) ** 2))


def _whole_beats(bpm: float, loop_s: float) -> float:
    """Move a tempo to where the loop lasts a whole number of beats, but no further than it is unsure.

    A short loop holds few beats to measure; its length says more.
    """
    n_beats = bpm * loop_s / 60
    largest_lag = _RELIABLE_LAGS * min(loop_s * FRAME_RATE_HZ, _WINDOW_FRAMES)
    nearest = max(round(n_beats), 1)
    return 60 * nearest / loop_s if abs(n_beats / nearest - 1) <= _UNSURE_FRAMES / largest_lag else bpm


def find_tempi(strength: FloatArray, *, loop_s: float | None = None) -> tuple[Tempo, ...]:
    """Find the tempo that most people would tap, and after it the others that could be heard.

    Parameters
    ----------
    strength
        [shape=(n_frames,), float32] Onset strength.
    loop_s
        Length of the sound, in seconds, when it may have been cut to be looped. Tempi with which it lasts a
        multiple of four beats then are more likely, and the preferred one makes it last a whole number of
        beats, if it nearly does.

    Returns
    -------
    The preferred tempo, then up to five others: its double and half, its ratios with three, and last other
    periods that the sound repeats itself at, the strongest first. Empty for a sound that is too short
    or does not change.
    """
    if len(strength) < LEAST_FRAMES or strength.max() <= 0:
        return ()
    metre = _Metre(strength)
    salience = metre.salience()
    score = salience * _PREFERENCE * (1 if loop_s is None else _loop_bonus(loop_s))
    if score.max() <= 0:
        return ()
    preferred = metre.refined(metre.tapped(float(_LAGS[score.argmax()])))
    peaks = np.flatnonzero((salience[1:-1] >= salience[:-2]) & (salience[1:-1] > salience[2:])) + 1
    repeats = [metre.tempo(metre.refined(float(lag))) for lag in _LAGS[peaks]]
    first = metre.tempo(preferred)
    found = [first if loop_s is None else Tempo(_whole_beats(first.bpm, loop_s), first.strength)]
    related = [Tempo(found[0].bpm / factor, metre.tempo(preferred * factor).strength) for factor in _RELATED]
    for other in related + sorted(repeats, key=lambda tempo: -tempo.strength):
        heard = other.strength >= LEAST_ALTERNATIVE and SLOWEST_BPM <= other.bpm <= FASTEST_BPM
        if heard and all(abs(np.log2(other.bpm / known.bpm)) > _SAME_TEMPO for known in found):
            found.append(other)
    unheard = int(found[0].strength < LEAST_ALTERNATIVE and len(found) > 1)
    return tuple(found[unheard : MOST_ALTERNATIVES + 1])
