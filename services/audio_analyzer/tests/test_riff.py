import io
import struct

import soundfile

from services.audio_analyzer.riff import Chunk, chunks, ends_with_odd_chunk, pcm_bits
from services.audio_analyzer.tests.conftest import sine


def encoded(format: str, subtype: str) -> io.BytesIO:
    output = io.BytesIO()
    soundfile.write(output, sine(440, 0.01), 44_100, format=format, subtype=subtype)
    return output


def test_chunks_are_found_with_their_padding():
    content = (
        b"RIFF\0\0\0\0WAVE"
        + b"odd "
        + struct.pack("<I", 3)
        + b"abc\0"
        + b"even"
        + struct.pack("<I", 2)
        + b"de"
    )
    assert list(chunks(io.BytesIO(content))) == [Chunk(b"odd ", 20, 3), Chunk(b"even", 32, 2)]


def test_aiff_writes_its_numbers_the_other_way_round():
    kinds = {chunk.kind: chunk.length for chunk in chunks(encoded("AIFF", "PCM_16"))}
    assert kinds[b"COMM"] == 18 and kinds[b"SSND"] == 8 + 2 * 441


def test_a_missing_byte_of_padding_is_told_from_a_missing_byte():
    odd = b"RIFF\0\0\0\0WAVEdata" + struct.pack("<I", 3)
    assert ends_with_odd_chunk(io.BytesIO(odd + b"abc"), size_bytes=23)
    even = b"RIFF\0\0\0\0WAVEdata" + struct.pack("<I", 4)
    assert not ends_with_odd_chunk(io.BytesIO(even + b"abc"), size_bytes=23)


def test_bits_are_told_of_plain_numbers_alone():
    assert pcm_bits(encoded("WAV", "PCM_16")) == 16
    assert pcm_bits(encoded("WAV", "PCM_U8")) == 8
    assert pcm_bits(encoded("WAV", "MS_ADPCM")) is None
    assert pcm_bits(io.BytesIO(b"RIFF")) is None
