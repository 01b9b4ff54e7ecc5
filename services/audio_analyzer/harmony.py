"""Which notes sound: chroma, tuning and key, from the partials rather than the bins.

Partials are placed on a circle of pitch classes in steps of ten cents, so that music which is not tuned to
440 Hz is measured in its own tuning.
"""

import numpy as np
import numpy.typing as npt

from services.audio_analyzer.dimensions import NOTE_IDS, NOTES
from services.audio_analyzer.partials import Partials

SHORTEST_FOR_KEY_S = 1.5
LEAST_KEY_CONFIDENCE = 0.15
_C0_HZ = 440 * 2 ** (-57 / 12)
_STEPS_PER_NOTE = 10
_N_STEPS = 12 * _STEPS_PER_NOTE
_FROM_HZ = 100.0  # under it, neighbouring notes fall into one bin

# In what share of passages in a key each pitch class above the tonic occurs.
_PROFILES: dict[str, tuple[float, ...]] = {
    "major": (0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400),
    "minor": (0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330),
}


class HarmonyMeter:
    """Collects the strength of every pitch class over the sound."""

    def __init__(self) -> None:
        self._strength = np.zeros(_N_STEPS)

    def push(self, partials: Partials) -> None:
        heard = partials.frequencies_hz > _FROM_HZ
        position = 12 * np.log2(partials.frequencies_hz[heard].astype(np.float64) / _C0_HZ)
        steps = np.rint(position * _STEPS_PER_NOTE).astype(np.int64) % _N_STEPS
        self._strength += np.bincount(steps, partials.amplitudes[heard], _N_STEPS)

    def descriptors(self, *, duration_s: float) -> dict[str, float | str | None]:
        values: dict[str, float | str | None] = {f"chroma_{note}": None for note in NOTE_IDS}
        values |= dict.fromkeys(("tuning_cents", "key", "scale", "key_confidence", "chroma_focus"))
        if self._strength.sum() <= 0:
            return values
        tuning = _tuning_cents(self._strength)
        chroma = _chroma(self._strength, tuning)
        values |= {f"chroma_{note}": float(chroma[i]) for i, note in enumerate(NOTE_IDS)}
        values["tuning_cents"] = tuning
        values["chroma_focus"] = _focus(chroma)
        if duration_s >= SHORTEST_FOR_KEY_S:
            tonic, scale, confidence = find_key(chroma)
            values["key_confidence"] = confidence
            if confidence >= LEAST_KEY_CONFIDENCE:
                values["key"], values["scale"] = f"{NOTES[tonic]} {scale}", scale
        return values


def _tuning_cents(strength: npt.NDArray[np.float64]) -> float:
    """Give the offset from 440 Hz tuning, -50 to 50 cents: the circular mean of all partials' offsets."""
    angles = 2 * np.pi * np.arange(_N_STEPS) / _STEPS_PER_NOTE
    return float(np.angle((strength * np.exp(1j * angles)).sum()) / (2 * np.pi) * 100)


def _chroma(strength: npt.NDArray[np.float64], tuning_cents: float) -> npt.NDArray[np.float64]:
    """Gather the steps around each note of the tuned scale; the strongest note is 1."""
    position = np.arange(_N_STEPS) / _STEPS_PER_NOTE - tuning_cents / 100
    notes = np.rint(position).astype(np.int64) % 12
    chroma = np.bincount(notes, strength, 12)
    return np.asarray(chroma / chroma.max())


def _focus(chroma: npt.NDArray[np.float64]) -> float:
    """Give 1 for a single pitch class, 0 for all twelve alike: one minus the normalised entropy."""
    share = chroma / chroma.sum()
    return float(1 + (share * np.log(np.maximum(share, 1e-12))).sum() / np.log(12))


def find_key(chroma: npt.ArrayLike) -> tuple[int, str, float]:
    """Find the key whose profile the chroma follows best.

    Returns
    -------
    tonic
        0 for C to 11 for B.
    scale
        ``major`` or ``minor``.
    confidence
        0 to 1: how well it fits, times how clearly pitch classes differ at all.

    References
    ----------
    D. Temperley, "Music and Probability" (2007), for the profiles; C. Krumhansl, "Cognitive Foundations of
    Musical Pitch" (1990), for the correlation.
    """
    notes = np.asarray(chroma, np.float64)
    if notes.std() < 1e-9:
        return 0, "major", 0.0
    fits = _KEY_PROFILES @ _standardised(notes)
    best = int(fits.argmax())
    tonic, scale = _KEYS[best]
    return tonic, scale, float(max(0.0, fits[best]) * min(1.0, 4 * _focus(notes)))


def _standardised(notes: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Take the mean away and scale to unit length: products of two such vectors are correlations."""
    values = np.asarray(notes, np.float64)
    apart = values - float(values.mean())
    return np.asarray(apart / np.linalg.norm(apart))


_KEYS = [(tonic, scale) for scale in _PROFILES for tonic in range(12)]
_KEY_PROFILES = np.array([_standardised(np.roll(_PROFILES[scale], tonic)) for tonic, scale in _KEYS])
