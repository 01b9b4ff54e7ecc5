import os
from pathlib import Path

import numpy as np
import pytest

from services.audio_analyzer.decode import Limits, open_sound
from services.audio_analyzer.tests.conftest import FIXTURES, noise, sine
from shared.python.errors import CorruptError, LimitError, NotFoundError, TonotopeError, UnsupportedError
from shared.python.models import FailureCode


def read(path: Path, **options) -> tuple[np.ndarray, set[str]]:
    with open_sound(path, **options) as sound:
        samples = np.concatenate(list(sound.blocks()))
        return samples, {name for name in ("truncated", "non_finite") if getattr(sound, name)}


def failure(path: Path, **options) -> TonotopeError:
    with pytest.raises(TonotopeError) as caught:
        read(path, **options)
    return caught.value


@pytest.mark.parametrize("format", ["WAV", "AIFF", "FLAC", "CAF", "W64", "AU"])
def test_lossless_formats_give_the_samples_that_were_written(write, format):
    stereo = np.stack((sine(440), noise()), axis=1)
    samples, flags = read(write(stereo, format=format, subtype="PCM_16"))
    assert samples.shape == stereo.shape
    np.testing.assert_allclose(samples, stereo, atol=2**-15)
    assert not flags


@pytest.mark.parametrize(
    ("format", "subtype"), [("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III")]
)
def test_lossy_formats_give_about_the_tone_that_was_written(write, format, subtype):
    samples, flags = read(write(sine(440, rate_hz=48_000), rate_hz=48_000, format=format, subtype=subtype))
    assert len(samples) == pytest.approx(48_000, abs=2400)
    assert np.sqrt(np.mean(samples[4800:-4800] ** 2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.02)
    assert not flags


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("tone*")), ids=lambda path: path.name)
def test_the_fixtures_give_their_tone(path):
    with open_sound(path) as sound:
        samples = np.concatenate(list(sound.blocks()))
        assert sound.format.channels == 1
        assert not sound.truncated
    middle = samples[len(samples) // 4 : len(samples) * 3 // 4, 0]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    peak_hz = spectrum.argmax() * sound.format.sample_rate_hz / len(middle)
    assert peak_hz == pytest.approx(440, abs=3)
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.25 / np.sqrt(2), rel=0.07)


def test_format_says_what_is_in_the_file(write):
    with open_sound(write(noise(), rate_hz=48_000, format="FLAC", subtype="PCM_24")) as sound:
        assert (sound.container, sound.format.codec, sound.format.bit_depth) == ("flac", "flac", 24)
        assert (sound.format.sample_rate_hz, sound.format.channels) == (48_000, 1)
    with open_sound(FIXTURES / "tone_aac.m4a") as sound:
        assert (sound.container, sound.format.codec, sound.format.bit_depth) == ("mp4", "aac", None)


@pytest.mark.parametrize(
    ("format", "subtype"),
    [("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III")],
)
def test_a_file_cut_off_gives_its_good_part_and_says_so(write, format, subtype):
    path = write(noise(20), format=format, subtype=subtype)
    os.truncate(path, path.stat().st_size * 3 // 5)
    samples, flags = read(path)
    assert flags == {"truncated"}
    assert 5 * 44_100 < len(samples) < 15 * 44_100


@pytest.mark.parametrize("name", ["tone_aac.mka", "tone_opus.webm"])
def test_a_matroska_cut_off_says_so(tmp_path, name):
    path = tmp_path / "cut"
    content = (FIXTURES / name).read_bytes()
    path.write_bytes(content[: len(content) // 2])
    samples, flags = read(path)
    assert flags == {"truncated"}
    assert len(samples) > 0


def test_what_is_no_number_is_silence_and_flagged(write):
    samples = sine(440)
    samples[100], samples[200], samples[300] = np.nan, np.inf, 1e20
    read_back, flags = read(write(samples))
    assert flags == {"non_finite"}
    assert np.isfinite(read_back).all()
    assert read_back[[100, 200, 300]].tolist() == [[0], [0], [0]]


def test_nothing_but_nan_is_refused(write):
    error = failure(write(np.full(5000, np.nan, np.float32)))
    assert isinstance(error, CorruptError)
    assert error.code == FailureCode.NON_FINITE


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", FailureCode.EMPTY),
        (b"just text\n" * 500, FailureCode.NOT_AUDIO),
        (b"#EXTM3U\nfile:///etc/passwd\n", FailureCode.NOT_AUDIO),
        (b"fLaC" + bytes(2000), FailureCode.CORRUPT),
        (b"OggS" + bytes(2000), FailureCode.CORRUPT),
        (b"wvpk" + bytes(2000), FailureCode.UNSUPPORTED),
        ((FIXTURES / "tone_aac.m4a").read_bytes().replace(b"mp4a", b"drms"), FailureCode.PROTECTED),
    ],
)
def test_files_that_cannot_be_read_say_why(tmp_path, content, code):
    path = tmp_path / "song.mp3"
    path.write_bytes(content)
    assert failure(path).code == code


def test_a_file_without_samples_is_empty(write):
    assert failure(write(np.zeros(0, np.float32))).code == FailureCode.EMPTY


def test_what_is_not_there_and_what_is_no_file_say_so(tmp_path):
    missing = failure(tmp_path / "missing.wav")
    assert isinstance(missing, NotFoundError)
    assert missing.code == FailureCode.NOT_FOUND
    assert failure(tmp_path).code == FailureCode.NOT_AUDIO
    os.mkfifo(tmp_path / "pipe.wav")
    assert isinstance(failure(tmp_path / "pipe.wav"), UnsupportedError)


def test_names_that_are_no_unicode_are_read(write, tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe kick.wav"))
    write(sine(440)).rename(path)
    assert len(read(path)[0]) == 44_100
    m4a = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff http: tone"))
    m4a.write_bytes((FIXTURES / "tone_aac.m4a").read_bytes())
    assert len(read(m4a)[0]) > 40_000


def test_limits_are_held(write):
    assert isinstance(failure(write(noise(2)), limits=Limits(duration_s=1)), LimitError)
    assert failure(write(np.zeros((100, 33), np.float32) + 0.1)).code == FailureCode.LIMIT
    assert failure(write(noise(0.1), rate_hz=100)).code == FailureCode.UNSUPPORTED


def test_a_header_that_promises_years_costs_no_memory(write):
    path = write(noise(1), format="FLAC", subtype="PCM_16")
    content = bytearray(path.read_bytes())
    content[21] |= 0x0F  # the total of samples in STREAMINFO: 36 bits, all set
    content[22:26] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    samples, flags = read(path)
    # The last run of the decoder asks for more than there is, and is lost.
    assert 40_000 < len(samples) <= 44_100
    assert flags == {"truncated"}
