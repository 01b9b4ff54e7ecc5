import io

import soundfile

from services.audio_analyzer.sniff import mpeg_frame_length
from services.audio_analyzer.tests.conftest import sine
from services.audio_analyzer.xing import declared_end


def mp3(bitrate_mode: str) -> bytes:
    output = io.BytesIO()
    soundfile.write(output, sine(440), 44_100, format="MP3", bitrate_mode=bitrate_mode)
    return output.getvalue()


def test_the_frames_end_where_the_header_says_even_behind_a_tag():
    tag = b"ID3\4\0\0\0\0\1\0" + bytes(128)
    for mode in ("CONSTANT", "VARIABLE"):
        content = mp3(mode)
        assert declared_end(io.BytesIO(content)) == len(content)
        assert declared_end(io.BytesIO(tag + content + b"TAG")) == len(tag) + len(content)


def test_an_mp3_without_the_header_tells_nothing():
    content = mp3("VARIABLE")
    assert declared_end(io.BytesIO(content[mpeg_frame_length(content[:4]) :])) is None
    assert declared_end(io.BytesIO(b"")) is None
