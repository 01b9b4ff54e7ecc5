"""The few operations that all instruments are built from.

A signal is float64, full scale 1, shape (n_samples,) when mono and (n_samples, 2) when stereo. Filters work
in the frequency domain on the whole sound: no recursion, so no loop over samples.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[np.float64]
Gain = Callable[[Signal], Signal]

SAMPLE_RATE_HZ = 44_100
PEAK = 0.89  # -1 dBFS: whole, and with room for what a resampler or a codec adds


def n_samples(duration_s: float) -> int:
    return round(duration_s * SAMPLE_RATE_HZ)


def times(duration_s: float) -> Signal:
    """Give the time of every sample, in seconds."""
    return np.arange(n_samples(duration_s)) / SAMPLE_RATE_HZ


def note_hz(name: str) -> float:
    """Give the frequency of a note in equal temperament, A4 = 440 Hz.

    >>> round(note_hz("C♯4"), 2)
    277.18
    """
    letter, octave = name[:-1], int(name[-1])
    semitone = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[letter[0]]
    semitone += letter.count("♯") - letter.count("♭")
    return float(440 * 2 ** ((semitone - 9) / 12 + octave - 4))


def fade(duration_s: float, *, tau_s: float) -> Signal:
    """Give an exponential decay from 1 by 8.7 dB every `tau_s`."""
    return np.exp(-times(duration_s) / tau_s)


def swell(duration_s: float, *, attack_s: float, release_s: float) -> Signal:
    """Give a smooth rise from silence and a smooth fall into it at the end."""
    t = times(duration_s)
    rise = np.clip(t / attack_s, 0, 1)
    fall = np.clip((duration_s - t) / release_s, 0, 1)
    return np.asarray(np.sin(rise * np.pi / 2) ** 2 * np.sin(fall * np.pi / 2) ** 2)


def phase(frequency_hz: Signal | float, *, duration_s: float) -> Signal:
    """Give the running phase of an oscillator in radians; the frequency may change from sample to sample."""
    n = n_samples(duration_s)
    return np.asarray(2 * np.pi / SAMPLE_RATE_HZ * np.cumsum(np.broadcast_to(frequency_hz, n)))


def sine(frequency_hz: Signal | float, *, duration_s: float) -> Signal:
    return np.sin(phase(frequency_hz, duration_s=duration_s))


def harmonics(angle: Signal, *, amplitudes: Sequence[Signal | float]) -> Signal:
    """Add up the harmonics of a running phase, the k-th with its amplitude, itself a signal or a number.

    By the recurrence sin(kx) = 2 cos(x) sin((k-1)x) - sin((k-2)x), which costs one sine for all of them.
    """
    twice = 2 * np.cos(angle)
    before, now = np.zeros_like(angle), np.sin(angle)
    total = np.zeros_like(angle)
    for amplitude in amplitudes:
        total += amplitude * now
        before, now = now, twice * now - before
    return total


def modes(
    duration_s: float, *, partials: Sequence[tuple[float, float, float]], rng: np.random.Generator
) -> Signal:
    """Let a body ring: partials of (frequency in Hz, amplitude, decay `tau_s`), in random phase.

    A decaying sine is a power of one complex number, and a power of n = 512 a + b is a product of two: so
    all partials of all samples are one product of two small matrices.
    """
    audible = np.array([partial for partial in partials if partial[0] < 0.45 * SAMPLE_RATE_HZ])
    frequency_hz, amplitude, tau_s = audible.T
    rate = (2j * np.pi * frequency_hz - 1 / tau_s) / SAMPLE_RATE_HZ
    n = n_samples(duration_s)
    start = amplitude * np.exp(2j * np.pi * rng.random(len(rate)))
    coarse = start * np.exp(np.arange(0, n, 512)[:, None] * rate)
    fine = np.exp(rate[:, None] * np.arange(512))
    return np.asarray((coarse @ fine).imag.reshape(-1)[:n])


def noise(duration_s: float, *, rng: np.random.Generator) -> Signal:
    """Give white noise, uniform in -1 … 1."""
    return rng.uniform(-1, 1, n_samples(duration_s))


def filtered(signal: Signal, *, gain: Gain) -> Signal:
    """Weigh the spectrum of a mono signal with a gain, a function of the frequency in Hz."""
    size = fft_length(len(signal))
    spectrum = np.fft.rfft(signal.astype(np.float32), size)
    weights = _weights(gain, size=size)
    return np.fft.irfft(spectrum * weights, size)[: len(signal)].astype(np.float64)


def _weights(gain: Gain, *, size: int) -> npt.NDArray[np.float32]:
    frequencies_hz = np.arange(size // 2 + 1, dtype=np.float64) * (SAMPLE_RATE_HZ / size)
    return gain(frequencies_hz).astype(np.float32)


def fft_length(n: int) -> int:
    """Give the least length of at least `n` that is 1, 3 or 5 times a power of two: those are fast."""
    return min(factor << max(0, -(-n // factor) - 1).bit_length() for factor in (1, 3, 5))


def burst(duration_s: float, *, tau_s: float, gain: Gain, rng: np.random.Generator) -> Signal:
    """Give the knock of a stick or a finger: filtered noise that dies at once, and silence behind it."""
    length_s = min(duration_s, max(0.01, 8 * tau_s))
    knock = normalised(filtered(noise(length_s, rng=rng), gain=gain)) * fade(length_s, tau_s=tau_s)
    return np.pad(knock, (0, n_samples(duration_s) - len(knock)))


def lowpass(cutoff_hz: float, *, order: int = 2) -> Gain:
    return lambda f: 1 / np.sqrt(1 + (f / cutoff_hz) ** (2 * order))


def highpass(cutoff_hz: float, *, order: int = 2) -> Gain:
    return lambda f: 1 / np.sqrt(1 + (cutoff_hz / np.maximum(f, 1e-3)) ** (2 * order))


def bandpass(centre_hz: float, *, octaves: float) -> Gain:
    """Give a bell on a logarithmic axis: half as loud half of `octaves` to either side."""
    return lambda f: np.exp2(-((np.log2(np.maximum(f, 1e-3) / centre_hz) / (octaves / 2)) ** 2))


def slope(db_per_octave: float) -> Gain:
    """Tilt a spectrum around 1 kHz; below 20 Hz there is nothing."""
    return lambda f: np.where(f < 20, 0, (np.maximum(f, 20) / 1000) ** (db_per_octave / 6.02))


def normalised(signal: Signal) -> Signal:
    """Scale a signal to a peak of 1."""
    peak = max(float(signal.max()), -float(signal.min()), 1e-9)
    return np.asarray(signal / peak, dtype=np.float64)


def saturated(signal: Signal, *, drive: float) -> Signal:
    """Round off the peaks of a signal, the more the higher the drive; the result peaks at 1."""
    return np.asarray(np.tanh(drive * normalised(signal)) / np.tanh(drive))


def wandering(duration_s: float, *, rate_hz: float, rng: np.random.Generator) -> Signal:
    """Give a slow random curve between 0 and 1, smooth, with about `rate_hz` turns a second."""
    knots = rng.random(max(2, int(duration_s * rate_hz) + 2))
    place = np.linspace(0, len(knots) - 1.001, n_samples(duration_s))
    left = place.astype(int)
    blend = (1 - np.cos(np.pi * (place - left))) / 2
    return np.asarray(knots[left] * (1 - blend) + knots[left + 1] * blend)


def placed(duration_s: float, *, hits: Sequence[tuple[float, Signal]], wrap: bool = False) -> Signal:
    """Lay mono sounds on a line, each at its time in seconds; what rings on is cut or wraps around."""
    n = n_samples(duration_s)
    line = np.zeros(n)
    for start_s, sound in hits:
        start = round(start_s * SAMPLE_RATE_HZ)
        end = min(n, start + len(sound))
        line[start:end] += sound[: end - start]
        rest = sound[end - start :][:start] if wrap else sound[:0]
        line[: len(rest)] += rest
    return line


def in_room(signal: Signal, *, decay_s: float, wet: float, rng: np.random.Generator) -> Signal:
    """Put a mono signal into a room: stereo, and longer by what the room rings on."""
    n_tail = n_samples(decay_s)
    tail = rng.standard_normal((2, n_tail)) * np.exp(-5 * np.arange(n_tail) / n_tail)
    n = len(signal) + n_tail
    size = fft_length(n)
    colour = _weights(lowpass(5500, order=1), size=size)
    heard = np.fft.rfft(signal.astype(np.float32), size) * colour
    ringing = np.fft.irfft(np.fft.rfft(tail.astype(np.float32), size) * heard, size)[:, :n]
    dry = np.pad(signal, (0, n_tail))
    return np.stack([dry + wet * normalised(ringing[side]) for side in (0, 1)], axis=1)


def finished(signal: Signal) -> Signal:
    """Make a sound ready for a file: no offset, no click at either end, at our level."""
    signal = (signal - signal.mean(axis=0)).T  # time last, so that mono and stereo are faded alike
    n_in, n_out = min(32, signal.shape[-1] // 8), min(n_samples(0.02), signal.shape[-1] // 4)
    signal[..., :n_in] *= np.linspace(0, 1, n_in)
    signal[..., -n_out:] *= np.linspace(1, 0, n_out)
    return PEAK * normalised(signal.T)
