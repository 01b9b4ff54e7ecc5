import numpy as np
import pytest
import soundfile

from services.audio_analyzer.analysis import analyze_file
from services.audio_analyzer.tests.conftest import HASH, clicks, noise, saw, times_s

# No tempo is clear in these: single bars of sparse percussion, a drone, a printer, a second of noise.
LOOPS_WITHOUT_A_BEAT = {
    "loop_3d_printer", "loop_drone_g_97", "loop_industrial", "loop_mehackit1", "loop_perc1", "loop_perc2",
    "loop_weirdo",
}  # fmt: skip


def kind(document) -> str:
    return document.descriptors["sound_type"]


def test_a_bar_of_clicks_is_a_loop_and_the_same_with_a_tail_is_none(analyze):
    bar = clicks(120, 4)
    assert kind(analyze(bar)) == "loop"
    assert kind(analyze(np.concatenate((bar, noise(3.2, peak=0.01) * np.exp(-times_s(3.2)))))) == "one-shot"


def test_what_dies_away_is_a_one_shot_and_what_goes_on_a_texture(analyze):
    t = times_s(6)
    assert kind(analyze(saw(110, 6) * np.exp(-2 * t))) == "one-shot"
    assert kind(analyze(saw(110, 6))) == "texture"
    assert kind(analyze(noise(6))) == "texture"
    assert kind(analyze(saw(110, 1))) == "one-shot"


def test_a_long_sound_with_a_beat_is_a_recording(analyze):
    track = np.concatenate((noise(5, peak=0.01), clicks(107, 35, rate_hz=22_050)))
    assert kind(analyze(track, rate_hz=22_050)) == "recording"


def test_silence_is_of_no_type(analyze):
    assert analyze(np.zeros(44_100)).descriptors["sound_type"] is None


def test_real_sounds_are_what_their_names_say(real_sounds):
    hits = ("bd_", "drum_", "sn_", "tabla_", "elec_", "perc_")
    wrong = []
    for path in real_sounds:
        if path.name.startswith("loop_") and path.stem not in LOOPS_WITHOUT_A_BEAT:
            expected = "loop"
        elif path.name.startswith(hits) and soundfile.info(path).duration < 3:
            expected = "one-shot"
        else:
            continue
        found = kind(analyze_file(path, content_hash=HASH)[0])
        if found != expected:
            wrong.append((path.stem, found))
    assert wrong == []


@pytest.mark.parametrize("name", ["ambi_drone", "ambi_lunar_land", "loop_drone_g_97", "loop_3d_printer"])
def test_real_drones_are_textures(real_sounds, name):
    path = next(path for path in real_sounds if path.stem == name)
    assert kind(analyze_file(path, content_hash=HASH)[0]) == "texture"
