import numpy as np
import pytest

from services.audio_analyzer.dimensions import NOTE_IDS, NOTES
from services.audio_analyzer.harmony import find_key
from services.audio_analyzer.tests.conftest import noise, saw, times_s

CADENCES = {
    "major": ((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7)),
    "minor": ((0, 3, 7), (5, 8, 12), (7, 11, 14), (0, 3, 7)),
}


def chord(notes, *, cents: float) -> np.ndarray:
    t = times_s(1)
    envelope = np.minimum(1, t / 0.01) * np.minimum(1, t[::-1] / 0.05)
    partials = [
        np.sin(2 * np.pi * k * 440 * 2 ** ((note - 69 + cents / 100) / 12) * t) / k**1.5
        for note in notes
        for k in range(1, 6)
    ]
    return 0.05 * sum(partials) * envelope


def cadence(tonic: int, scale: str, *, cents: float = 0) -> np.ndarray:
    chords = [(48 + tonic + notes[0], *(60 + tonic + note for note in notes)) for notes in CADENCES[scale]]
    return np.concatenate([chord(notes, cents=cents) for notes in chords])


@pytest.mark.parametrize("scale", ["major", "minor"])
@pytest.mark.parametrize("tonic", range(0, 12, 2))
@pytest.mark.parametrize("cents", [0, 30])
def test_the_key_of_a_cadence_is_found_in_any_tuning(analyze, tonic, scale, cents):
    values = analyze(cadence(tonic, scale, cents=cents)).descriptors
    assert values["key"] == f"{NOTES[tonic]} {scale}"
    assert values["scale"] == scale
    assert values["tuning_cents"] == pytest.approx(cents, abs=3)
    assert values["key_confidence"] > 0.5


def test_the_chroma_of_one_note_is_that_note(analyze):
    values = analyze(saw(440)).descriptors
    chroma = {name: values[f"chroma_{name}"] for name in NOTE_IDS}
    assert max(chroma, key=chroma.get) == "a"
    assert chroma["a"] == 1
    assert chroma["e_flat"] < 0.05
    assert values["chroma_focus"] > 0.3


def test_noise_and_single_hits_have_no_key(analyze):
    unclear = analyze(noise(4)).descriptors
    assert unclear["key"] is None
    assert unclear["key_confidence"] < 0.1
    short = analyze(saw(440, 0.5)).descriptors
    assert short["key"] is short["key_confidence"] is None


def test_find_key_gives_the_profile_itself_full_fit():
    profile = np.array([0.748, 0.06, 0.488, 0.082, 0.67, 0.46, 0.096, 0.715, 0.104, 0.366, 0.057, 0.4])
    tonic, scale, confidence = find_key(np.roll(profile, 7))
    assert (tonic, scale) == (7, "major")
    assert 0 < confidence <= 1
    assert find_key(np.ones(12))[2] == 0
