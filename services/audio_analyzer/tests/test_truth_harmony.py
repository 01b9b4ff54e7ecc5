"""All 24 keys in several tunings, played in chords that name their key, as piano and as organ."""

import numpy as np
import pytest

from services.audio_analyzer.dimensions import NOTES
from services.audio_analyzer.harmony import HarmonyMeter
from services.audio_analyzer.partials import find_partials
from services.audio_analyzer.stft import Stft
from services.audio_analyzer.tests.conftest import times_s

RATE_HZ = 22_050
CHORD_S = 0.4

# Semitones above the tonic. In minor the dominant's third is raised, or the key would be its relative major.
PROGRESSIONS = {
    "major": {
        "I IV V I": ((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7)),
        "I vi IV V": ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14)),
        "ii V I I": ((2, 5, 9), (7, 11, 14), (0, 4, 7), (0, 4, 7)),
    },
    "minor": {
        "i iv V i": ((0, 3, 7), (5, 8, 12), (7, 11, 14), (0, 3, 7)),
        "ii V i i": ((2, 5, 8), (7, 11, 14), (0, 3, 7), (0, 3, 7)),
    },
}


def chord(notes: tuple[int, ...], *, cents: float, decays: bool) -> np.ndarray:
    """Give bass and three voices with eight harmonics each, the higher ones dying sooner on a piano."""
    t = times_s(CHORD_S, RATE_HZ)
    sound = np.zeros(len(t))
    for note in (notes[0] - 24, notes[0] - 12, *notes):
        f0_hz = 440 * 2 ** ((note + cents / 100 - 69) / 12)
        for k in range(1, 9):
            fading = np.exp(-t * (1 + 0.4 * k)) if decays else 1.0
            sound += np.sin(2 * np.pi * k * f0_hz * t + k * note) / k**1.3 * fading
    return 0.05 * sound * np.minimum(1, t / 0.005) * np.minimum(1, t[::-1] / 0.02)


def harmony_of(chords: list[np.ndarray]) -> dict[str, float | str | None]:
    meter, stft = HarmonyMeter(), Stft()
    for spectra in (*stft.push(np.concatenate(chords).astype(np.float32)), *stft.finish()):
        meter.push(find_partials(spectra))
    return meter.descriptors(duration_s=CHORD_S * len(chords))


@pytest.mark.parametrize("cents", [-40, -15, 0, 40])
@pytest.mark.parametrize("scale", PROGRESSIONS)
def test_every_key_is_found_in_every_tuning(scale, cents):
    wrong = []
    for i, (name, progression) in enumerate(PROGRESSIONS[scale].items()):
        for tonic in range(12):
            decays = (tonic + i) % 2 == 0
            chords = [
                chord(tuple(60 + tonic + note for note in notes), cents=cents, decays=decays)
                for notes in progression
            ]
            values = harmony_of(chords)
            off_cents = abs(values["tuning_cents"] - cents)
            if values["key"] != f"{NOTES[tonic]} {scale}" or values["scale"] != scale or off_cents > 3:
                wrong.append((name, NOTES[tonic], values["key"], values["tuning_cents"]))
            assert values["key_confidence"] > 0.3
    assert wrong == []
