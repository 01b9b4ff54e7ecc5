"""Onsets and tempo, from how the mel spectrum grows."""

import numpy as np
import numpy.typing as npt
import scipy.fft

from services.audio_analyzer.mel import DecibelStore
from services.audio_analyzer.stft import ANALYSIS_RATE_HZ, FRAME_SAMPLES, HOP_SAMPLES, FloatArray

FRAME_RATE_HZ = ANALYSIS_RATE_HZ / HOP_SAMPLES
SLOWEST_BPM, FASTEST_BPM, USUAL_BPM = 40.0, 240.0, 120.0
LEAST_ONSETS = 4
LEAST_DURATION_S = 1.5
LEAST_CONFIDENCE = 0.3
BEGINS_WITHIN_S = 0.02
_WINDOW_FRAMES = 512
_ONSET_APART_S = 0.05
_ONSET_SURROUNDINGS_S = 0.25
_LEAST_GROWTH_DB = 0.1  # what a steady tone wavers from frame to frame stays under it


def onset_strength(mel_db: DecibelStore) -> FloatArray:
    """Give how much each frame grows over the one before, averaged over mel bands, as librosa defines it.

    Returns
    -------
    [shape=(n_frames,), float32]
        Delayed by half a frame, so that a value stands where its onset is heard.
    """
    growth, before = [], None
    for frames in mel_db.read():
        if before is not None:
            growth.append(np.maximum(frames[:1] - before, 0).mean(axis=1))
        growth.append(np.maximum(frames[1:] - frames[:-1], 0).mean(axis=1))
        before = frames[-1:]
    grown = np.concatenate(growth)
    delay = 1 + FRAME_SAMPLES // (2 * HOP_SAMPLES)
    return np.concatenate((np.zeros(delay, np.float32), grown))[: len(grown) + 1]


def find_onsets(strength: FloatArray, *, begins_at_once: bool) -> npt.NDArray[np.int64]:
    """Find the frames where something begins: peaks that stand out from their surroundings.

    With `begins_at_once` the first frame is one of them: nothing before it shows that it grew.
    """
    apart = round(_ONSET_APART_S * FRAME_RATE_HZ)
    around = round(_ONSET_SURROUNDINGS_S * FRAME_RATE_HZ)
    total = np.concatenate(([0.0], np.cumsum(np.pad(strength, around), dtype=np.float64)))
    surroundings = (total[2 * around + 1 :] - total[: -2 * around - 1]) / (2 * around + 1)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(strength, apart), 2 * apart + 1)
    peaks = strength >= windows.max(axis=1)
    least = max(_LEAST_GROWTH_DB, 0.07 * float(strength.max()) + 0.25 * float(np.median(strength)))
    candidates = np.flatnonzero(peaks & (strength > surroundings + least))
    kept = [0] if begins_at_once else []
    for frame in candidates:
        if not kept or frame - kept[-1] > apart:
            kept.append(int(frame))
    return np.array(kept, np.int64)


def _autocorrelation(strength: FloatArray) -> npt.NDArray[np.float64]:
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


def _peak_near(values: npt.NDArray[np.float64], lag: float, reach: float) -> float | None:
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


def find_tempo(strength: FloatArray) -> tuple[float, float]:
    """Find the tempo and how sure it is.

    The best lag has the highest autocorrelation with its double, weighed by how usual the tempo is. It
    is then measured at its largest multiple, where an error of a frame weighs least.

    Returns
    -------
    bpm, confidence
        Confidence is the normalised autocorrelation at one or two beats, 0 to 1; 0 when there is no beat.
    """
    correlation = _autocorrelation(strength)
    slowest = min(int(60 * FRAME_RATE_HZ / SLOWEST_BPM), len(correlation) // 2)
    lags = np.arange(int(60 * FRAME_RATE_HZ / FASTEST_BPM), slowest + 1)
    if len(lags) < 3:
        return 0.0, 0.0
    beats = 60 * FRAME_RATE_HZ / lags
    usual = np.exp(-0.5 * (np.log2(beats / USUAL_BPM) / 1.0) ** 2)
    # Between samples: a beat of 21.5 frames shows at 43 more than at 21 or 22.
    blurred = np.maximum(correlation, np.maximum(np.roll(correlation, 1), np.roll(correlation, -1)))
    double = blurred[np.minimum(2 * lags, len(blurred) - 1)]
    score = (correlation[lags] + 0.5 * double) * usual
    best = int(lags[int(score.argmax())])
    lag = _peak_near(correlation, best, 1.5)
    if lag is None:
        return 0.0, 0.0
    confidence = float(np.clip(max(correlation[best], double[best - lags[0]]), 0, 1))
    for multiple in range(2, int((len(correlation) * 0.75) // lag) + 1):
        refined = _peak_near(correlation, multiple * lag, 1.0)
        if refined is not None:
            lag = refined / multiple
    return float(60 * FRAME_RATE_HZ / lag), confidence


def rhythm_descriptors(
    strength: FloatArray, *, duration_s: float, begins_at_once: bool
) -> dict[str, float | None]:
    """Describe onsets and tempo; the tempo of a single hit, or of no clear beat, is ``None``."""
    onsets = find_onsets(strength, begins_at_once=begins_at_once)
    values: dict[str, float | None] = {
        "onset_rate_hz": len(onsets) / duration_s,
        "onset_strength": float(strength.mean(dtype=np.float64)),
        "bpm": None,
        "bpm_confidence": None,
    }
    if duration_s >= LEAST_DURATION_S and len(onsets) >= LEAST_ONSETS:
        bpm, confidence = find_tempo(strength)
        values["bpm_confidence"] = confidence
        if confidence >= LEAST_CONFIDENCE:
            values["bpm"] = bpm
    return values
