"""Cuts a sound into its events and measures each as a sound of its own; what runs in the worker's child.

The sound is decoded twice: once to find its events, once to measure them one after the other as they come by.
So no more of it is in memory than a block, however long it is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from services.audio_analyzer.analysis import analyze_sound, mixed_down
from services.audio_analyzer.decode import DEFAULT_LIMITS, Limits, Sound, open_sound
from services.audio_analyzer.formats import Format
from services.audio_analyzer.listening import listen, listen_to_all
from services.audio_analyzer.slicing import Event, EventFinder, Events
from services.audio_analyzer.stft import FloatArray
from shared.python.messages import AnalyzedFile, analysis_key, preview_key
from shared.python.models import AnalysisDocument, AudioFile
from shared.python.slices import Slice, SlicesDocument, SlicingParameters, slice_hash, slices_key
from shared.python.storage import blob_url


def find_events(path: Path, *, parameters: SlicingParameters, limits: Limits = DEFAULT_LIMITS) -> Events:
    """Find the events of a sound file.

    Raises
    ------
    TonotopeError
        One of its kinds, its `code` a `FailureCode`, when the file cannot be read.
    """
    with open_sound(path, limits=limits) as sound:
        finder = EventFinder(sound.format.sample_rate_hz)
        for block in sound.blocks():
            finder.push(mixed_down(block))
        return finder.finish(least_s=parameters.slice_least_s, most=parameters.slice_most)


def analyze_events(
    path: Path, events: Sequence[Event], *, content_hash: str, limits: Limits = DEFAULT_LIMITS
) -> Iterator[tuple[AnalysisDocument, bytes]]:
    """Measure events of a sound file, one after the other.

    Parameters
    ----------
    content_hash
        Of the file; each document has the hash of its slice.

    Yields
    ------
    document, clip
        As `analysis.analyze_file` gives them for a file.

    Raises
    ------
    TonotopeError
        One of its kinds, its `code` a `FailureCode`, when the file cannot be read.
    """
    with open_sound(path, limits=limits) as sound:
        stream = _Stream(sound.blocks())
        for event in events:
            part = Sound(sound.container, _Part(stream, event, sound.format), truncated=False, limits=limits)
            own_hash = slice_hash(content_hash, start_frame=event.start, end_frame=event.end)
            yield analyze_sound(part, content_hash=own_hash)


class _Stream:
    """The blocks of a sound, from which stretches are taken in their order."""

    def __init__(self, blocks: Iterator[FloatArray]) -> None:
        self._blocks = blocks
        self._held: FloatArray | None = None
        self._at = 0

    def between(self, start: int, end: int) -> Iterator[FloatArray]:
        """Give the frames from `start` up to `end`; what lies before is passed over."""
        while self._at < end:
            if self._held is None or not len(self._held):
                self._held = next(self._blocks, None)
                if self._held is None:
                    return
            first = max(0, start - self._at)
            taken = self._held[first : end - self._at]
            n = min(len(self._held), end - self._at)
            self._held, self._at = self._held[n:], self._at + n
            if len(taken):
                yield taken


class _Part:
    """A `formats.Decoder` of one event."""

    def __init__(self, stream: _Stream, event: Event, whole: Format) -> None:
        self.format = replace(whole, n_frames=event.end - event.start)
        self._stream, self._event = stream, event

    def blocks(self) -> Iterator[FloatArray]:
        return self._stream.between(self._event.start, self._event.end)


def slice_all(
    files: Sequence[AudioFile],
    node_version: int,
    parameters: SlicingParameters,
    *,
    report: Callable[[float], None],
) -> tuple[AnalyzedFile, ...]:
    """Slice sounds one after the other, as `slice_sound` does, and report the fraction that is done."""
    return listen_to_all(files, lambda file: slice_sound(file, node_version, parameters), report=report)


def slice_sound(file: AudioFile, node_version: int, parameters: SlicingParameters) -> AnalyzedFile:
    """Store what slices a sound has, each with its analysis, or give the reason why it cannot be sliced.

    The result is a `SlicesDocument`.

    Raises
    ------
    UnavailableError, DeniedError
        When the blob store takes no result.
    """
    key = slices_key(file.content_hash, node_version, parameters)
    return listen(file, key=key, hear=partial(_sliced, file.content_hash, node_version, parameters))


def _sliced(
    content_hash: str, node_version: int, parameters: SlicingParameters, path: Path
) -> Mapping[str, bytes]:
    found = find_events(path, parameters=parameters)
    # A single event is the sound itself, which has been measured.
    events = found.events if len(found.events) > 1 else ()
    blobs: dict[str, bytes] = {}
    slices = []
    for event, (document, clip) in zip(
        events, analyze_events(path, events, content_hash=content_hash), strict=True
    ):
        key = analysis_key(document.content_hash, node_version)
        blobs[preview_key(document.content_hash, node_version)] = clip
        blobs[key] = document.model_dump_json().encode()
        slices.append(
            Slice(
                content_hash=document.content_hash,
                start_s=event.start / document.sample_rate_hz,
                end_s=event.end / document.sample_rate_hz,
                result_url=blob_url(key),
            )
        )
    told = SlicesDocument(
        content_hash=content_hash,
        node_version=node_version,
        parameters=parameters,
        n_found=found.n_found,
        slices=tuple(slices),
    )
    return {**blobs, slices_key(content_hash, node_version, parameters): told.model_dump_json().encode()}
