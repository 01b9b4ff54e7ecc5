"""Loudness, loudness range and true peak.

References
----------
ITU-R BS.1770-5 (K-weighting, gating, weights of channels, true peak); EBU Tech 3341 (momentary and short-term
loudness); EBU Tech 3342 (range).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from services.audio_analyzer.extremes import largest
from services.audio_analyzer.stft import FloatArray

DoubleArray = npt.NDArray[np.float64]

STEP_S = 0.01  # fine enough that no short sound falls between two windows: everything is a sum of such steps
MOMENTARY_STEPS = 40
SHORT_TERM_STEPS = 300
GATING_STEPS = 10  # gating blocks of 400 ms overlap by 75 %
ABSOLUTE_GATE_LUFS = -70.0
_OFFSET_LU = -0.691  # makes a 997 Hz sine at 0 dBFS in one channel read -3.01 LUFS
_SURROUND_WEIGHT = 1.41
_SIDES_AND_LOW: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = {
    4: ((2, 3), ()),  # L R Ls Rs
    5: ((3, 4), ()),  # L R C Ls Rs
    6: ((4, 5), (3,)),  # L R C LFE Ls Rs
    7: ((5, 6), (3,)),  # L R C LFE Cs Lss Rss
    8: ((6, 7), (3,)),  # L R C LFE Lrs Rrs Lss Rss
}

_TRUE_PEAK_PHASES, _TRUE_PEAK_TAPS = 4, 12
_STRETCH = 64


def _k_weighting(sample_rate_hz: int) -> DoubleArray:
    """Design the two biquads of BS.1770 for any rate: the analogue prototypes of its 48 kHz coefficients.

    Returns
    -------
    [shape=(2, 5), float64]
        b0, b1, b2, a1, a2 of the high shelf and of the high pass.
    """
    # Under 3.4 kHz the shelf lies above all that there is to hear; its corner must stay below half the rate.
    corner_hz = min(1681.974450955533, 0.45 * sample_rate_hz)
    k = np.tan(np.pi * corner_hz / sample_rate_hz)
    q, gain = 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    gain_b = gain**0.4996667741545416
    a0 = 1 + k / q + k * k
    shelf = (
        (gain + gain_b * k / q + k * k) / a0,
        2 * (k * k - gain) / a0,
        (gain - gain_b * k / q + k * k) / a0,
        2 * (k * k - 1) / a0,
        (1 - k / q + k * k) / a0,
    )
    k = np.tan(np.pi * 38.13547087602444 / sample_rate_hz)
    q = 0.5003270373238773
    a0 = 1 + k / q + k * k
    return np.array([shelf, (1.0, -2.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0)])


def _interpolator() -> FloatArray:
    """Design the four-times interpolator for true peaks: a Kaiser-windowed sinc.

    Returns
    -------
    [shape=(4, 12), float32]
        One row of taps for each of the four phases, each summing to one.
    """
    n = _TRUE_PEAK_PHASES * _TRUE_PEAK_TAPS
    t = np.arange(n) - (n - 1) / 2
    h = np.sinc(t / _TRUE_PEAK_PHASES) * np.kaiser(n, 6.0)
    phases = h.reshape(_TRUE_PEAK_TAPS, _TRUE_PEAK_PHASES).T[:, ::-1]
    return np.ascontiguousarray(phases / phases.sum(axis=1, keepdims=True), np.float32)


_INTERPOLATOR = _interpolator()
# No interpolated value exceeds the largest sample under the filter times this.
_OVERSHOOT = np.float32(np.abs(_INTERPOLATOR).sum(axis=1).max())


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _k_weighted_energy(
    channels: FloatArray,
    filters: DoubleArray,
    weights: DoubleArray,
    state: DoubleArray,
    step: int,
    position: int,
    sums: DoubleArray,
) -> None:
    """Add the weighted, K-filtered energy of a block to the steps that it falls into.

    A filter waits for its own last value most of the time: two channels at once take no longer than one. A
    last channel without a partner goes twice, the second time for nothing.

    Parameters
    ----------
    channels
        [shape=(n_channels, n_frames), float32]
    state
        [shape=(n_channels, 4)] The filters' memory, carried from block to block.
    step, position
        Length of a step in frames, and how many frames of the first one are past.
    sums
        [shape=(n_steps,)] Energy per step, added to.
    """
    b10, b11, b12, a11, a12 = filters[0]
    b20, b21, b22, a21, a22 = filters[1]
    for first in range(0, channels.shape[0], 2):
        second = min(first + 1, channels.shape[0] - 1)
        weight, other_weight = weights[first], weights[second] if second > first else 0.0
        z1, z2, y1, y2 = state[first]
        w1, w2, v1, v2 = state[second]
        start, left = 0, step - position
        for s in range(sums.shape[0]):
            end = min(start + left, channels.shape[1])
            samples, others = channels[first, start:end], channels[second, start:end]
            energy, other_energy = 0.0, 0.0
            for i in range(samples.shape[0]):
                x, u = np.float64(samples[i]), np.float64(others[i])
                shelved, other = b10 * x + z1, b10 * u + w1
                z1, w1 = b11 * x - a11 * shelved + z2, b11 * u - a11 * other + w2
                z2, w2 = b12 * x - a12 * shelved, b12 * u - a12 * other
                passed, other_passed = b20 * shelved + y1, b20 * other + v1
                y1, v1 = b21 * shelved - a21 * passed + y2, b21 * other - a21 * other_passed + v2
                y2, v2 = b22 * shelved - a22 * passed, b22 * other - a22 * other_passed
                energy += passed * passed
                other_energy += other_passed * other_passed
            sums[s] += weight * energy + other_weight * other_energy
            start, left = end, step
        # Whole rows take numba seconds to compile.
        state[second, 0], state[second, 1], state[second, 2], state[second, 3] = w1, w2, v1, v2
        state[first, 0], state[first, 1], state[first, 2], state[first, 3] = z1, z2, y1, y2


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _true_peak(channels: FloatArray, taps: FloatArray, overshoot: np.float32, peak: np.float32) -> np.float32:
    """Give the largest interpolated value, or `peak` when none is larger.

    Stretches whose samples are too small to raise the peak are passed over unfiltered.
    """
    n_taps = taps.shape[1]
    n_out = channels.shape[1] - n_taps + 1
    between = np.empty(_STRETCH, np.float32)
    for channel in range(channels.shape[0]):
        for start in range(0, n_out, _STRETCH):
            end = min(start + _STRETCH, n_out)
            samples = channels[channel, start : end + n_taps - 1]
            highest = largest(samples)
            peak = max(peak, highest)
            if highest * overshoot <= peak:
                continue
            for phase in range(taps.shape[0]):
                between[:] = 0
                for tap in range(n_taps):
                    weight, shifted = taps[phase, tap], samples[tap : tap + end - start]
                    for i in range(shifted.shape[0]):
                        between[i] += weight * shifted[i]
                peak = max(peak, largest(between))
    return peak


@njit(cache=True, nogil=True, error_model="numpy")
def _mean_of_runs(energies: DoubleArray, n_steps: int, step: int, powers: DoubleArray) -> None:
    if powers.shape[0] == 0:
        return
    total = energies[:n_steps].sum()
    for i in range(powers.shape[0]):
        powers[i] = max(total, 0.0) / (n_steps * step)
        if i + 1 < powers.shape[0]:
            total += energies[i + n_steps] - energies[i]


def _channel_weights(channels: int) -> DoubleArray:
    """Weigh channels as BS.1770 does, in the order in which WAV files hold them.

    Speakers 60 to 120 degrees to the side count more, those further back as those in front, and the
    low-frequency channel does not count at all.
    """
    weights = np.ones(channels)
    sides, low = _SIDES_AND_LOW.get(channels, ((), ()))
    weights[list(sides)] = _SURROUND_WEIGHT
    weights[list(low)] = 0.0
    return weights


@dataclass(frozen=True, slots=True)
class Loudness:
    """What `LoudnessMeter` read; ``None`` where the sound is too short or too soft for the measure.

    `momentary_max_lufs` is the loudest 400 ms; a shorter sound is continued with silence.
    `short_term_max_lufs` is the loudest 3 s.
    """

    integrated_lufs: float | None
    momentary_max_lufs: float | None
    short_term_max_lufs: float | None
    range_lu: float | None
    true_peak_dbtp: float | None


class LoudnessMeter:
    """Meters a sound that arrives in blocks [shape=(n_frames, n_channels), float32], in constant memory
    but for eight bytes per 10 ms.
    """

    def __init__(self, sample_rate_hz: int, *, channels: int, true_peak: bool = True) -> None:
        self._filters = _k_weighting(sample_rate_hz)
        self._weights = _channel_weights(channels)
        self._state = np.zeros((channels, 4))
        self._step = max(int(sample_rate_hz * STEP_S), 1)
        self._n_frames = 0
        self._energies = np.zeros(64)
        self._true_peak = true_peak
        self._tail = np.zeros((channels, _TRUE_PEAK_TAPS - 1), np.float32)
        self._peak = np.float32(0)

    def push(self, block: FloatArray) -> None:
        channels = np.ascontiguousarray(block.T)
        first, position = divmod(self._n_frames, self._step)
        last = (self._n_frames + len(block) - 1) // self._step
        if last >= len(self._energies):
            self._energies = np.concatenate((self._energies, np.zeros(max(last, len(self._energies)))))
        sums = self._energies[first : last + 1]
        _k_weighted_energy(channels, self._filters, self._weights, self._state, self._step, position, sums)
        self._n_frames += len(block)
        if self._true_peak:
            self._raise_peak(channels)

    def _raise_peak(self, channels: FloatArray) -> None:
        padded = np.concatenate((self._tail, channels), axis=1)
        self._peak = np.float32(_true_peak(padded, _INTERPOLATOR, _OVERSHOOT, self._peak))
        self._tail = padded[:, -self._tail.shape[1] :]

    def finish(self) -> Loudness:
        self._raise_peak(np.zeros_like(self._tail))
        n_whole, rest = divmod(self._n_frames, self._step)
        whole = self._energies[:n_whole]
        begun = self._energies[: n_whole + (rest > 0)]
        momentary = np.concatenate((begun, np.zeros(max(0, MOMENTARY_STEPS - len(begun)))))
        short_term = self._window(whole, SHORT_TERM_STEPS)
        return Loudness(
            integrated_lufs=_integrated(self._window(whole, MOMENTARY_STEPS)[::GATING_STEPS]),
            momentary_max_lufs=_loudest(self._window(momentary, MOMENTARY_STEPS)),
            short_term_max_lufs=_loudest(short_term),
            range_lu=_range(short_term[::GATING_STEPS]),
            true_peak_dbtp=decibels(float(self._peak), 20.0),
        )

    def _window(self, energies: DoubleArray, n_steps: int) -> DoubleArray:
        """Give the mean power of every run of `n_steps` steps."""
        powers = np.empty(max(0, len(energies) - n_steps + 1))
        _mean_of_runs(energies, n_steps, self._step, powers)
        return powers


def loudest_moment_lufs(samples: FloatArray, sample_rate_hz: int) -> float | None:
    """Give the momentary maximum, in LUFS, of a whole mono sound [shape=(n_frames,), float32]."""
    meter = LoudnessMeter(sample_rate_hz, channels=1, true_peak=False)
    if len(samples):
        meter.push(samples[:, None])
    return meter.finish().momentary_max_lufs


def decibels(ratio: float, factor: float) -> float | None:
    """Give ``factor * log10(ratio)``; ``None`` for nothing at all."""
    return float(factor * np.log10(ratio)) if ratio > 0 else None


def lufs(power: DoubleArray) -> DoubleArray:
    """Give the loudness of K-weighted mean powers."""
    return np.asarray(_OFFSET_LU + 10 * np.log10(np.maximum(power, 1e-30)))


def _gated(powers: DoubleArray, relative_gate_lu: float) -> DoubleArray:
    """Keep what is above the absolute gate, and of that what is above the gate relative to its mean."""
    loud = powers[lufs(powers) > ABSOLUTE_GATE_LUFS]
    if len(loud) == 0:
        return loud
    return loud[lufs(loud) > lufs(loud.mean()) + relative_gate_lu]


def _loudest(powers: DoubleArray) -> float | None:
    loudest = float(lufs(powers.max(initial=0.0)))
    return loudest if loudest > ABSOLUTE_GATE_LUFS else None


def _integrated(powers: DoubleArray) -> float | None:
    kept = _gated(powers, -10.0)
    return float(lufs(kept.mean())) if len(kept) else None


def _range(powers: DoubleArray) -> float | None:
    """Give the spread between the 10th and 95th percentile of the short-term loudness (EBU Tech 3342)."""
    kept = _gated(powers, -20.0)
    if len(kept) == 0:
        return None
    low, high = np.percentile(lufs(kept), (10, 95))
    return float(high - low)
