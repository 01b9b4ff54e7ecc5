"""From a file with several events to the documents of its slices, with a real blob store."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from services.audio_analyzer.analysis import analyze_file
from services.audio_analyzer.slices import analyze_events, find_events, slice_all, slice_sound
from services.audio_analyzer.slicing import Event
from services.audio_analyzer.tests.conftest import RATE_HZ, noise, sine
from shared.python.messages import preview_key
from shared.python.models import AnalysisDocument, AudioFile, FailureCode, Outcome
from shared.python.slices import SlicesDocument, SlicingParameters, slice_hash
from shared.python.storage import Storage, file_url

VERSION = 7
EVENTS = SlicingParameters(slicing="events")
TONES_HZ = (220.0, 440.0, 880.0)

Write = Callable[..., Path]


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    url = file_url(tmp_path / "blobs")
    monkeypatch.setenv("STORAGE_URL", url)
    return Storage(url)


def three_tones() -> np.ndarray:
    pause = np.zeros(RATE_HZ // 2, np.float32)
    return np.concatenate([part for hz in TONES_HZ for part in (pause, sine(hz, 0.6))])


def described(path: Path) -> AudioFile:
    content = path.read_bytes()
    content_hash = hashlib.sha256(content).hexdigest()
    return AudioFile(content_hash=content_hash, url=file_url(path), path=path.name, size_bytes=len(content))


def numbers(document: AnalysisDocument) -> dict[str, float]:
    return {name: value for name, value in document.descriptors.items() if isinstance(value, float)}


def slices_of(storage: Storage, file: AudioFile, parameters: SlicingParameters = EVENTS) -> SlicesDocument:
    result = slice_sound(file, VERSION, parameters)
    assert (result.outcome, result.content_hash) == (Outcome.ANALYZED, file.content_hash)
    assert result.result_url is not None
    return SlicesDocument.model_validate_json(storage.get(result.result_url))


def test_every_slice_is_measured_as_a_sound_of_its_own(storage: Storage, write: Write) -> None:
    file = described(write(three_tones()))
    found = slices_of(storage, file)
    assert [(slice.start_s, slice.end_s) for slice in found.slices] == [
        pytest.approx((start, start + 0.6), abs=0.025) for start in (0.5, 1.6, 2.7)
    ]
    assert (found.content_hash, found.n_found, found.parameters) == (file.content_hash, 3, EVENTS)
    for slice, pitch_hz in zip(found.slices, TONES_HZ, strict=True):
        document = AnalysisDocument.model_validate_json(storage.get(slice.result_url))
        assert document.content_hash == slice.content_hash
        assert document.duration_s == pytest.approx(slice.end_s - slice.start_s)
        assert document.descriptors["pitch_hz"] == pytest.approx(pitch_hz, rel=0.01)
        assert storage.get(preview_key(slice.content_hash, VERSION))


def test_a_slice_is_measured_as_a_file_with_the_same_samples_would_be(write: Write) -> None:
    samples = np.stack((noise(4, seed=1), noise(4, seed=2)), axis=1)
    events = (Event(1000, 90_000), Event(90_000, 90_500), Event(120_000, len(samples)))
    path = write(samples)
    for event, (document, clip) in zip(
        events, analyze_events(path, events, content_hash="a" * 64), strict=True
    ):
        own_hash = slice_hash("a" * 64, start_frame=event.start, end_frame=event.end)
        alone, alone_clip = analyze_file(write(samples[event.start : event.end]), content_hash=own_hash)
        # Sums over other blocks round in another way.
        assert numbers(document) == pytest.approx(numbers(alone), rel=1e-9)
        assert document.model_copy(update={"descriptors": alone.descriptors}) == alone
        assert clip == alone_clip


def test_a_sound_with_a_single_event_has_no_slices(storage: Storage, write: Write) -> None:
    found = slices_of(storage, described(write(noise(3))))
    assert (found.slices, found.n_found) == ((), 1)


def test_silence_has_no_slices(storage: Storage, write: Write) -> None:
    found = slices_of(storage, described(write(np.zeros(RATE_HZ, np.float32))))
    assert (found.slices, found.n_found) == ((), 0)


def test_there_are_no_more_slices_than_are_wanted_and_it_is_told_how_many_there_were(
    storage: Storage, write: Write
) -> None:
    most_two = SlicingParameters(slicing="events", slice_most=2)
    found = slices_of(storage, described(write(three_tones())), most_two)
    assert (len(found.slices), found.n_found) == (2, 3)


def test_slices_that_are_stored_are_not_made_again(storage: Storage, write: Write) -> None:
    path = write(three_tones())
    file = described(path)
    first = slice_sound(file, VERSION, EVENTS)
    path.unlink()  # so that they could not be
    assert slice_sound(file, VERSION, EVENTS) == first


def test_a_batch_has_a_result_for_each_sound_in_its_order(
    storage: Storage, write: Write, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"no sound at all")
    files = [described(write(three_tones())), described(broken)]
    good, failed = slice_all(files, VERSION, EVENTS, report=lambda _fraction: None)
    assert good == slice_sound(files[0], VERSION, EVENTS)
    assert (failed.outcome, failed.code) == (Outcome.FAILED, FailureCode.NOT_AUDIO)


def test_events_lie_within_the_file_whatever_its_rate(write: Write) -> None:
    for rate_hz in (8_000, 22_050, 96_000):
        tone = sine(300, 0.4, rate_hz=rate_hz)
        samples = np.concatenate((tone, np.zeros(rate_hz, np.float32), tone))
        first, second = find_events(write(samples, rate_hz=rate_hz), parameters=EVENTS).events
        assert first.start == 0
        assert second.start / rate_hz == pytest.approx(1.4, abs=0.025)
        assert second.end <= len(samples)
