import io

import soundfile

from services.audio_analyzer.ogg import with_fixed_serial
from services.audio_analyzer.tests.conftest import noise


def encode() -> bytes:
    output = io.BytesIO()
    soundfile.write(output, noise(1), 44_100, format="OGG", subtype="VORBIS")
    return output.getvalue()


def test_two_encodings_become_the_same_stream_that_still_decodes():
    first, second = with_fixed_serial(encode()), with_fixed_serial(encode())
    assert first == second
    samples, _ = soundfile.read(io.BytesIO(first))
    assert len(samples) == 44_100


def test_a_fixed_stream_stays_as_it_is():
    once = with_fixed_serial(encode())
    assert with_fixed_serial(once) == once
