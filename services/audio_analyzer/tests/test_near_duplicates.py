"""Near duplicates among real sounds: every copy is found, and no other sound is taken for one."""

import io
import itertools
from collections.abc import Callable
from pathlib import Path

import avioflow
import numpy as np
import pytest
import soundfile
import soxr

from services.audio_analyzer.decode import open_sound
from services.audio_analyzer.fingerprint import Fingerprinter, encode
from services.audio_analyzer.mel import mel_power
from services.audio_analyzer.near_duplicates import NEAR, near_duplicates, similarity
from services.audio_analyzer.resample import resample
from services.audio_analyzer.stft import ANALYSIS_RATE_HZ, Stft
from services.audio_analyzer.tests.conftest import REAL_SOUNDS, noise, sine

TRIM_S = 0.5
Recording = tuple[np.ndarray, int]

KIN = {
    # One recording, cut twice (their waveforms correlate by 0.94 and more).
    ("tabla_te2", "tabla_te_m"),
    ("tabla_tun2", "tabla_tun3"),
    # One drum, struck twice.
    ("drum_cymbal_hard", "drum_cymbal_soft"),
    ("drum_snare_hard", "drum_snare_soft"),
    ("drum_tom_hi_hard", "drum_tom_hi_soft"),
    ("drum_tom_lo_hard", "drum_tom_lo_soft"),
    ("drum_tom_mid_hard", "drum_tom_mid_soft"),
    ("tabla_ghe2", "tabla_ghe7"),
    ("tabla_ke1", "tabla_ke2"),
}
"""Pairs of the collection that are nearly the same sound: no test says what becomes of them."""


def fingerprint(recording: Recording) -> str:
    samples, rate_hz = recording
    mono = samples.mean(axis=1) if samples.ndim == 2 else samples
    stft, fingerprinter = Stft(), Fingerprinter()
    signal = resample(mono.astype(np.float32), rate_hz, to_hz=ANALYSIS_RATE_HZ)
    for spectra in itertools.chain(stft.push(signal), stft.finish()):
        fingerprinter.push(mel_power(spectra.power))
    text = encode(fingerprinter.finish())
    assert text is not None
    return text


@pytest.fixture(scope="module")
def recordings() -> dict[str, Recording]:
    files = sorted(REAL_SOUNDS.glob("*.flac"))
    assert files, f"no sounds in {REAL_SOUNDS}: install the Debian package sonic-pi-samples"
    return {path.stem: soundfile.read(path, dtype="float32") for path in files}


@pytest.fixture(scope="module")
def fingerprints(recordings: dict[str, Recording]) -> dict[str, str]:
    return {name: fingerprint(recording) for name, recording in recordings.items()}


def through_libsndfile(recording: Recording, **options: object) -> Recording:
    samples, rate_hz = recording
    encoded = io.BytesIO()
    with soundfile.SoundFile(encoded, "w", rate_hz, np.ndim(samples) and samples[0].size, **options) as file:
        for start in range(0, len(samples), 8192):  # Vorbis overflows the stack when given all at once
            file.write(samples[start : start + 8192])
    encoded.seek(0)
    return soundfile.read(encoded, dtype="float32")


def as_mp3(recording: Recording, tmp_path: Path) -> Recording:
    # Constant bit rates from 320 down to 32 kbit/s lie between 0 and 1: this is 128.
    return through_libsndfile(
        recording, format="MP3", subtype="MPEG_LAYER_III", bitrate_mode="CONSTANT", compression_level=0.62
    )


def as_vorbis(recording: Recording, tmp_path: Path) -> Recording:
    return through_libsndfile(recording, format="OGG", subtype="VORBIS", compression_level=0.6)


def as_aac(recording: Recording, tmp_path: Path) -> Recording:
    path, (samples, rate_hz) = tmp_path / "sound.aac", recording
    options = avioflow.AudioWriteOptions("aac", sample_rate=rate_hz, bit_rate=128_000)
    # Half as loud: some sounds stand at full scale, where the encoder clips what it adds.
    avioflow.save(str(path), np.ascontiguousarray(np.atleast_2d(samples.T)) / 2, options)
    with open_sound(path) as sound:
        return np.concatenate(list(sound.blocks())), rate_hz


def quieter(recording: Recording, tmp_path: Path) -> Recording:
    return recording[0] / 5, recording[1]


def resampled(recording: Recording, tmp_path: Path) -> Recording:
    return soxr.resample(recording[0], recording[1], 32_000), 32_000


def later(delay_s: float) -> Callable[[Recording, Path], Recording]:
    def delayed(recording: Recording, tmp_path: Path) -> Recording:
        samples, rate_hz = recording
        silence = np.zeros((round(delay_s * rate_hz), *samples.shape[1:]), np.float32)
        return np.concatenate((silence, samples)), rate_hz

    return delayed


def trimmed(recording: Recording, tmp_path: Path) -> Recording:
    return recording[0][round(TRIM_S * recording[1]) :], recording[1]


def trimmed_mp3(recording: Recording, tmp_path: Path) -> Recording:
    return as_mp3(quieter(trimmed(recording, tmp_path), tmp_path), tmp_path)


def misses(copy_of, recordings, fingerprints, tmp_path, *, shortest_s: float, every: int) -> dict[str, float]:
    """Give the copies that are not near to their originals."""
    long_enough = [
        name for name, (samples, rate_hz) in recordings.items() if len(samples) >= shortest_s * rate_hz
    ]
    assert len(long_enough[::every]) >= 20
    found = {
        name: similarity(fingerprints[name], fingerprint(copy_of(recordings[name], tmp_path)))
        for name in long_enough[::every]
    }
    return {name: value for name, value in found.items() if value < NEAR + 0.03}


@pytest.mark.parametrize(
    "copy_of", [as_mp3, as_vorbis, as_aac, quieter, resampled, later(0.005), later(0.0116), later(0.2)]
)
def test_a_copy_is_near_to_its_original(copy_of, recordings, fingerprints, tmp_path):
    assert misses(copy_of, recordings, fingerprints, tmp_path, shortest_s=0.1, every=6) == {}


@pytest.mark.parametrize("copy_of", [trimmed, trimmed_mp3])
def test_a_sound_without_its_first_half_second_is_near_when_most_of_it_is_left(
    copy_of, recordings, fingerprints, tmp_path
):
    assert misses(copy_of, recordings, fingerprints, tmp_path, shortest_s=4.0, every=1) == {}


def test_no_two_different_sounds_are_near(fingerprints):
    near = {group.members for group in near_duplicates(list(fingerprints.values()), threshold=NEAR - 0.05)}
    names = list(fingerprints)
    pairs = {tuple(sorted(names[i] for i in members)) for members in near}
    assert pairs <= KIN


def test_similarity_is_the_same_both_ways_and_one_for_the_same(fingerprints):
    a, b = fingerprints["bd_haus"], fingerprints["loop_amen"]
    assert similarity(a, a) == pytest.approx(1)
    assert similarity(a, b) == similarity(b, a) < 0.3


def test_a_hit_is_not_near_to_the_loop_that_begins_with_it():
    hit = noise(0.3) * np.exp(-np.arange(13_230) / 3000).astype(np.float32)
    loop = np.concatenate((hit, sine(440, 0.5), hit, sine(330, 0.5)))
    assert similarity(fingerprint((hit, 44_100)), fingerprint((loop, 44_100))) < 0.5


def test_sounds_told_at_different_rates_are_compared_at_the_lower_one():
    long = np.concatenate(
        [sine(f, 0.5) for f in (220, 330, 440, 550, 660, 770, 880, 990, 300, 500, 700, 900)]
    )
    long = np.concatenate((long, noise(0.2)))  # 6.2 s: half the frame rate
    assert similarity(fingerprint((long, 44_100)), fingerprint((long[20_000:], 44_100))) > NEAR


def test_groups_tell_their_members_and_their_weakest_link():
    kick, snare = sine(60, 0.3), noise(0.3)
    sounds = [kick, snare, kick / 2, snare[200:] / 3]
    prints = [fingerprint((sound, 44_100)) for sound in sounds]
    first, second = near_duplicates([prints[0], None, prints[1], prints[2], prints[3]])
    assert first.members == (0, 3) and first.similarity == pytest.approx(1)
    assert second.members == (2, 4) and NEAR < second.similarity < 1
