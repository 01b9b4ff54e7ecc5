import hashlib
import struct

import numpy as np
import pytest

from services.audio_analyzer.decode import open_sound
from services.audio_analyzer.identity import AudioHash
from services.audio_analyzer.tests.conftest import noise, sine


def hash_of(path) -> str:
    with open_sound(path) as sound:
        audio_hash = AudioHash(sound.format.sample_rate_hz, channels=sound.format.channels)
        for block in sound.blocks():
            audio_hash.push(block)
    return audio_hash.finish()


@pytest.fixture
def stereo():
    # Integers: writers turn floating point into 16 bits each in its own way.
    return np.int16(np.stack((sine(440, 2.0), noise(2.0)), axis=1) * 2**15)


@pytest.mark.parametrize("format", ["AIFF", "FLAC", "CAF", "W64", "AU", "VOC", "RF64"])
def test_the_container_plays_no_part(write, stereo, format):
    wav = hash_of(write(stereo, "sound.wav", subtype="PCM_16"))
    assert hash_of(write(stereo, format=format, subtype="PCM_16")) == wav


def test_wider_samples_of_the_same_value_are_the_same_sound(write, stereo):
    samples = stereo / 2**15
    hashes = {hash_of(write(samples, subtype=subtype)) for subtype in ("PCM_16", "PCM_24", "PCM_32", "FLOAT")}
    assert len(hashes) == 1


def test_one_step_of_one_sample_is_another_sound(write, stereo):
    before = hash_of(write(stereo, subtype="PCM_16"))
    stereo[1000, 1] += 1
    assert hash_of(write(stereo, subtype="PCM_16")) != before


def test_rate_and_channels_are_part_of_the_sound(write):
    mono = noise(0.5)
    original = hash_of(write(mono, subtype="PCM_16"))
    assert hash_of(write(mono, subtype="PCM_16", rate_hz=48_000)) != original
    assert hash_of(write(mono.reshape(-1, 2), subtype="PCM_16")) != original


def test_the_hash_is_that_of_the_documented_bytes():
    samples = np.array([[0.0, 1.0], [-1.0, -2.0], [0.5, 2.5 / 32768], [3.5 / 32768, -1e-9]], np.float32)
    expected = (0, 32767, -32768, -32768, 16384, 2, 4, 0)
    audio_hash = AudioHash(8000, channels=2)
    audio_hash.push(samples)
    line = b"tonotope-audio-1 8000 2\n"
    assert audio_hash.finish() == hashlib.sha256(line + struct.pack("<8h", *expected)).hexdigest()


def test_where_blocks_end_makes_no_difference():
    samples = noise(0.2).reshape(-1, 2)
    whole, pieces = AudioHash(44_100, channels=2), AudioHash(44_100, channels=2)
    whole.push(samples)
    for start in range(0, len(samples), 777):
        pieces.push(samples[start : start + 777])
    assert whole.finish() == pieces.finish()
