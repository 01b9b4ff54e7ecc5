import io

import pytest

from services.audio_analyzer.isobmff import declared_end, is_protected
from services.audio_analyzer.tests.conftest import FIXTURES

PLAIN = (FIXTURES / "tone_aac.m4a").read_bytes()


def protected(content: bytes) -> bool:
    return is_protected(io.BytesIO(content), size_bytes=len(content))


def test_a_plain_file_is_not_protected():
    assert PLAIN.count(b"mp4a") >= 1
    assert not protected(PLAIN)


@pytest.mark.parametrize("entry", [b"drms", b"enca"])
def test_an_encrypted_sample_entry_is_found(entry):
    assert protected(PLAIN.replace(b"mp4a", entry))


def test_the_word_elsewhere_does_not_make_a_file_protected():
    assert not protected(PLAIN + (16).to_bytes(4) + b"freedrmsenca")


@pytest.mark.parametrize(
    "content", [b"", b"\0\0\0\x08ftyp", b"\0\0\0\x01moov", b"\0\0\0\0moov" * 9, bytes(5000)]
)
def test_nonsense_is_not_protected_and_ends_somewhere(content):
    assert not protected(content)
    assert declared_end(io.BytesIO(content), size_bytes=len(content)) >= 0
