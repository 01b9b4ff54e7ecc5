from pathlib import Path

import pytest

from services.main_app.sources.content_types import UNKNOWN, content_type, is_played_by_browsers


@pytest.mark.parametrize(
    ("beginning", "kind"),
    [
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RF64\xff\xff\xff\xffWAVEds64", "audio/wav"),
        (b"FORM\x00\x00\x00\x00AIFFCOMM", "audio/aiff"),
        (b"fLaC\x00\x00\x00\x22", "audio/flac"),
        (b"OggS\x00\x02", "audio/ogg"),
        (b"ID3\x04\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"\x00\x00\x00\x20ftypM4A ", "audio/mp4"),
        (b"RIFF\x24\x00\x00\x00AVI LIST", UNKNOWN),
        (b"<html><script>alert(1)</script>", UNKNOWN),
        (b"<svg xmlns=", UNKNOWN),
        (b"\xff", UNKNOWN),
        (b"", UNKNOWN),
    ],
)
def test_bytes_tell_what_they_are(beginning, kind):
    assert content_type(beginning) == kind


def test_a_real_flac_is_recognised():
    samples = sorted(Path("/usr/share/sonic-pi/samples").glob("*.flac"))
    assert samples, "install the Debian package sonic-pi-samples"
    assert content_type(samples[0].read_bytes()[:64]) == "audio/flac"


def test_only_sounds_are_played():
    assert is_played_by_browsers("audio/wav")
    assert not is_played_by_browsers(UNKNOWN)
