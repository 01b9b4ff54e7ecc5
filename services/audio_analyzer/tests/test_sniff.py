import io

import pytest
import soundfile

from services.audio_analyzer.sniff import Container, id3_length, mpeg_frame_length, sniff
from services.audio_analyzer.tests.conftest import FIXTURES, sine


@pytest.mark.parametrize(
    ("format", "subtype", "container"),
    [
        ("WAV", "PCM_16", Container.WAV),
        ("RF64", "PCM_16", Container.WAV),
        ("W64", "PCM_16", Container.W64),
        ("AIFF", "PCM_24", Container.AIFF),
        ("AU", "PCM_16", Container.AU),
        ("CAF", "ALAC_16", Container.CAF),
        ("VOC", "PCM_16", Container.VOC),
        ("FLAC", "PCM_16", Container.FLAC),
        ("OGG", "VORBIS", Container.OGG),
        ("OGG", "OPUS", Container.OGG),
        ("MP3", "MPEG_LAYER_III", Container.MP3),
    ],
)
def test_sniff_knows_what_libsndfile_writes(format, subtype, container):
    encoded = io.BytesIO()
    soundfile.write(encoded, sine(440, 0.5, rate_hz=48_000), 48_000, format=format, subtype=subtype)
    assert sniff(encoded.getvalue()[:4096]) is container


@pytest.mark.parametrize(
    ("name", "container"),
    [
        ("tone_aac.m4a", Container.MP4),
        ("tone.aac", Container.AAC),
        ("tone_aac.mka", Container.MATROSKA),
        ("tone_opus.webm", Container.MATROSKA),
        ("tone.wma", Container.ASF),
        ("tone.tta", Container.TTA),
    ],
)
def test_sniff_knows_the_fixtures(name, container):
    assert sniff((FIXTURES / name).read_bytes()[:4096]) is container


@pytest.mark.parametrize(
    "head",
    [b"", b"\xff", b"\xff\xfb\x90", b"plain text " * 99, b"#EXTM3U\nhttp://x/y\n", b"<html>",
     b"RIFF\0\0\0\0AVI ", b"\xff\xfb\x90\x00" + bytes(2000), bytes(4096), b"\x7fELF" + bytes(100),
     b"ffconcat version 1.0\n"],
)  # fmt: skip
def test_sniff_knows_what_is_no_sound(head):
    assert sniff(head) is None


def test_id3_length_counts_header_and_footer():
    assert id3_length(b"ID3\x04\x00\x00\x00\x00\x02\x01") == 10 + 257
    assert id3_length(b"ID3\x04\x00\x10\x00\x00\x02\x01") == 20 + 257
    assert id3_length(b"ID3\x04\x00\x00\xff\x00\x02\x01") == 0
    assert id3_length(b"fLaC") == 0


@pytest.mark.parametrize(
    ("header", "length"),
    [
        (b"\xff\xfb\x90\x00", 417),  # MPEG 1 layer III, 128 kbit/s, 44.1 kHz
        (b"\xff\xfb\x92\x00", 418),  # the same, padded
        (b"\xff\xf3\x40\x00", 104),  # MPEG 2 layer III, 32 kbit/s, 22.05 kHz
        (b"\xff\xfd\x90\x00", 522),  # MPEG 1 layer II, 160 kbit/s, 44.1 kHz
        (b"\xff\xfb\xf0\x00", 0),  # no such bit rate
        (b"\xff\xfb\x9c\x00", 0),  # no such sampling rate
    ],
)
def test_mpeg_frame_length_follows_the_standard(header, length):
    assert mpeg_frame_length(header) == length
