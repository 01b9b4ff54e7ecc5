import io

import pytest
import soundfile

from services.audio_analyzer.completeness import ends_early
from services.audio_analyzer.sniff import Container
from services.audio_analyzer.tests.conftest import FIXTURES, sine


def encoded(format: str, subtype: str) -> bytes:
    output = io.BytesIO()
    soundfile.write(output, sine(440, 1.0), 44_100, format=format, subtype=subtype)
    return output.getvalue()


def check(content: bytes, container: Container) -> bool:
    return ends_early(io.BytesIO(content), container, size_bytes=len(content))


@pytest.mark.parametrize(
    ("format", "subtype", "container"),
    [
        ("WAV", "PCM_16", Container.WAV),
        ("AIFF", "PCM_16", Container.AIFF),
        ("OGG", "VORBIS", Container.OGG),
        ("MP3", "MPEG_LAYER_III", Container.MP3),
    ],
)
def test_a_file_cut_off_is_told_from_a_whole_one(format, subtype, container):
    whole = encoded(format, subtype)
    assert not check(whole, container)
    assert check(whole[: len(whole) * 2 // 3], container)


def test_a_wav_that_was_streamed_with_unknown_length_is_whole():
    streamed = bytearray(encoded("WAV", "PCM_16"))
    streamed[4:8] = b"\xff\xff\xff\xff"
    assert not check(bytes(streamed), Container.WAV)


def test_an_mp4_ends_where_its_last_box_ends():
    whole = (FIXTURES / "tone_aac.m4a").read_bytes()
    assert not check(whole, Container.MP4)
    assert check(whole[:-100], Container.MP4)
