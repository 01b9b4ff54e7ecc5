"""Files made by hand to hurt: each has a known answer, costs little memory, and reaches no other file."""

import resource
import struct
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest
import soundfile

from services.audio_analyzer.analysis import analyze_file
from services.audio_analyzer.sniff import mpeg_frame_length
from services.audio_analyzer.tests.conftest import FIXTURES, HASH, noise, sine
from services.audio_analyzer.tests.specimens import NAMES, specimens, written
from shared.python.errors import TonotopeError
from shared.python.models import AnalysisDocument, FailureCode


def heard(path: Path) -> AnalysisDocument | FailureCode:
    try:
        return analyze_file(path, content_hash=HASH)[0]
    except TonotopeError as error:
        return FailureCode(error.code)


def wav(
    data: bytes, *, kind: int = 1, channels: int = 1, rate_hz: int = 8000, bits: int = 16, length: int = -1
) -> bytes:
    """Write a WAV whose header says whatever it is told to."""
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", kind, channels, rate_hz, rate_hz * block % 2**32, block % 2**16, bits)
    length = len(data) if length < 0 else length
    chunks = b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", length) + data
    return (
        b"RIFF" + struct.pack("<I", min(4 + len(chunks) - len(data) + length, 2**32 - 1)) + b"WAVE" + chunks
    )


NOISE = (noise(0.5, rate_hz=8000) * 32_767).astype("<i2").tobytes()


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (wav(NOISE, channels=0), {FailureCode.CORRUPT, FailureCode.NOT_AUDIO}),
        (wav(NOISE, rate_hz=0), {FailureCode.CORRUPT, FailureCode.LIMIT, FailureCode.UNSUPPORTED}),
        (wav(NOISE, rate_hz=2**31), {FailureCode.CORRUPT, FailureCode.LIMIT, FailureCode.UNSUPPORTED}),
        (wav(NOISE, channels=65_535), {FailureCode.CORRUPT, FailureCode.NOT_AUDIO}),
        (wav(NOISE * 64, channels=64), {FailureCode.LIMIT}),
        (wav(NOISE, bits=1), {FailureCode.UNSUPPORTED}),
        (wav(NOISE, kind=0xFFFF), {FailureCode.CORRUPT, FailureCode.UNSUPPORTED}),
        (wav(b""), {FailureCode.EMPTY, FailureCode.CORRUPT}),
        (b"ID3\4\0\0\x7f\x7f\x7f\x7f" + bytes(5000), {FailureCode.NOT_AUDIO}),
        (b"ID3\4\0\0\0\0\0\0" * 2000, {FailureCode.NOT_AUDIO}),
        (b"OggS" * 5000, {FailureCode.CORRUPT}),
        (b"\0\0\0\x08moov" * 3000, {FailureCode.CORRUPT, FailureCode.NOT_AUDIO}),
        (b"\xff\xfb\xff\xff" * 4000, {FailureCode.NOT_AUDIO}),
        ((FIXTURES / "tone_aac.m4a").read_bytes().replace(b"mp4a", b"enca"), {FailureCode.PROTECTED}),
    ],
    ids=["zero-channels", "zero-rate", "2-GHz", "65535-channels", "64-channels", "1-bit", "unknown-kind",
         "no-samples", "id3-bomb", "nested-id3", "ogg-captures", "empty-boxes", "frame-syncs", "drm"],
)  # fmt: skip
def test_what_cannot_be_measured_says_why(tmp_path, content, codes):
    path = tmp_path / "worst"
    path.write_bytes(content)
    found = heard(path)
    assert isinstance(found, FailureCode) and found in codes


@pytest.mark.parametrize("length", [2**31 - 1, 2**32 - 64])
def test_a_huge_declared_length_costs_no_memory(tmp_path, length):
    path = tmp_path / "huge.wav"
    path.write_bytes(wav(NOISE, length=length))
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    document = heard(path)
    assert isinstance(document, AnalysisDocument)
    assert document.duration_s == pytest.approx(0.5)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 100 * 1024
    assert ("truncated" in document.flags) == (
        length < 2**32 - 256
    )  # beyond that: "streamed, length unknown"


def test_a_very_high_rate_and_many_channels_are_measured(write):
    fast = heard(write(noise(0.1, rate_hz=384_000), rate_hz=384_000))
    assert isinstance(fast, AnalysisDocument) and fast.sample_rate_hz == 384_000
    wide = heard(write(np.tile(noise(0.1)[:, None], (1, 32))))
    assert isinstance(wide, AnalysisDocument) and wide.channels == 32


def test_numbers_that_are_none_leave_no_trace_but_a_flag(write):
    samples = sine(440)
    samples[::1000], samples[1::1000], samples[2::1000] = np.nan, np.inf, -np.inf
    document = heard(write(samples))
    assert isinstance(document, AnalysisDocument) and "non_finite" in document.flags
    assert all(np.isfinite(value) for value in document.descriptors.values() if isinstance(value, float))


def test_a_cover_that_comes_first_is_passed_over():
    document = heard(FIXTURES / "tone_with_cover.mka")
    assert isinstance(document, AnalysisDocument)
    assert document.descriptors["pitch_hz"] == pytest.approx(440, rel=0.01)


def test_a_big_tag_before_an_mp3_is_passed_over(tmp_path):
    path = tmp_path / "tagged.mp3"
    size = 3_000_000
    tag = (
        b"ID3\4\0\0"
        + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
        + b"\xff\xfb\x90\0" * (size // 4)
    )
    path.write_bytes(tag + written("MP3", "MPEG_LAYER_III", 22_050))
    document = heard(path)
    assert isinstance(document, AnalysisDocument)
    assert document.duration_s == pytest.approx(0.2, abs=0.15)


def test_a_variable_rate_without_a_header_is_measured(tmp_path):
    path, samples = tmp_path / "variable.mp3", np.tile(np.concatenate((sine(440), noise())), 3)
    soundfile.write(path, samples, 44_100, format="MP3", bitrate_mode="VARIABLE")
    content = path.read_bytes()
    assert content.find(b"Xing", 0, 100) > 0, "the encoder leaves its header in the first frame"
    path.write_bytes(content[mpeg_frame_length(content[:4]) :])
    document = heard(path)
    assert isinstance(document, AnalysisDocument) and "truncated" not in document.flags
    assert document.duration_s == pytest.approx(6, abs=0.15)


@pytest.mark.parametrize("name", NAMES)
def test_names_tell_nothing(tmp_path, name):
    path = tmp_path / "sound.jpg"
    path.write_bytes(specimens()[name])
    assert isinstance(heard(path), AnalysisDocument)


class Listener(HTTPServer):
    """A server that counts who comes, for files that name it."""

    requests: int = 0

    def finish_request(self, request: object, client_address: object) -> None:
        self.requests += 1
        super().finish_request(request, client_address)  # type: ignore[arg-type]


@pytest.fixture
def listener() -> Iterator[Listener]:
    server = Listener(("127.0.0.1", 0), BaseHTTPRequestHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def naming(address: str) -> dict[str, bytes]:
    """Give files that ask whoever opens them to open something else."""
    line = address.encode()
    dref = struct.pack(">I", 12 + len(line) + 1) + b"url " + bytes(4) + line + b"\0"
    return {
        "hls": b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + line + b"\n#EXT-X-ENDLIST\n",
        "m3u": b"#EXTM3U\n#EXTINF:1,A\n" + line + b"\n",
        "pls": b"[playlist]\nFile1=" + line + b"\nNumberOfEntries=1\n",
        "concat": b"ffconcat version 1.0\nfile '" + line + b"'\n",
        "dash": b'<?xml version="1.0"?><MPD><Period><BaseURL>' + line + b"</BaseURL></Period></MPD>",
        "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\na="
        + line,
        "asx": b'<asx version="3.0"><entry><ref href="' + line + b'"/></entry></asx>',
        "hls-behind-id3": b"ID3\4\0\0\0\0\0\0#EXTM3U\n#EXTINF:1,\n" + line + b"\n",
        "hls-in-an-mp4": b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42" + b"#EXTM3U\n" + line + b"\n" * 99,
        "mp4-with-a-data-reference": (FIXTURES / "tone_aac.m4a")
        .read_bytes()
        .replace(b"\0\0\0\x0curl \0\0\0\x01", dref),
        "flac-with-a-cover-elsewhere": b"fLaC\x06\0\0\x60\0\0\0\3\0\0\0\3-->" + line.ljust(93, b"\0"),
    }


@pytest.mark.parametrize("kind", list(naming("")))
def test_a_file_that_names_an_address_makes_nobody_go_there(listener, tmp_path, kind):
    path = tmp_path / f"{kind}.mp3"
    path.write_bytes(naming(f"http://127.0.0.1:{listener.server_port}/sound.wav")[kind])
    heard(path)
    assert listener.requests == 0


@pytest.mark.parametrize("kind", list(naming("")))
def test_a_file_that_names_another_file_is_not_taken_for_it(tmp_path, write, kind):
    other = write(sine(440), "other.wav")
    for address in (str(other), f"file://{other}", "other.wav"):
        path = tmp_path / f"{kind}.mp3"
        path.write_bytes(naming(address)[kind])
        found = heard(path)
        # The data reference is passed over: the samples are in the file itself.
        is_whole_by_itself = kind == "mp4-with-a-data-reference"
        assert is_whole_by_itself or isinstance(found, FailureCode), address


def test_the_server_of_these_tests_does_count(listener):
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"http://127.0.0.1:{listener.server_port}/sound.wav")
    assert listener.requests == 1


def test_one_mp3_behind_another_is_heard_too(tmp_path):
    path = tmp_path / "two.mp3"
    soundfile.write(path, np.tile(noise(), 8), 44_100, format="MP3", bitrate_mode="CONSTANT")
    path.write_bytes(path.read_bytes() * 2)
    document = heard(path)
    assert isinstance(document, AnalysisDocument)
    assert document.duration_s == pytest.approx(16, abs=0.3)
