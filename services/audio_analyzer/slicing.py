"""Finds the events of a sound: every hit of a drum loop, every texture of a field recording, on its own.

An event begins where sound follows silence, at an onset, or where one texture gives way to another; it ends
where the next begins or where nothing is heard any more. Cuts are made at the quietest sample just before an
attack. A drone is one event, and so is noise; silence is none.
"""

from dataclasses import dataclass

import numpy as np
import scipy.ndimage

from services.audio_analyzer.cuts import CutFinder, Cuts
from services.audio_analyzer.mel import DecibelStore, mel_power, to_decibels
from services.audio_analyzer.novelty import texture_changes
from services.audio_analyzer.resample import Resampler
from services.audio_analyzer.rhythm import onset_strength
from services.audio_analyzer.stft import ANALYSIS_RATE_HZ, HOP_SAMPLES, FloatArray, Spectra, Stft
from services.audio_analyzer.timbre import mfcc

FRAME_S = HOP_SAMPLES / ANALYSIS_RATE_HZ
LEAST_GROWTH_DB = 2.0
"""Mean growth over the mel bands, above the usual one around it, under which nothing begins."""
TIMES_USUAL, TIMES_USUAL_IF_LOUDER = 6.0, 3.0
"""How many times the usual deviation an onset must stand out: of any kind, and when the level rises too."""
LOUDER_DB = 6.0
SWELL_DB, SUDDEN_SHARE = 4.0, 0.7
"""What grows by so much, and by less than this share of it within 12 ms, swells."""
ENDING_DB = 12.0
"""What makes a click as it stops, and leaves so much less behind, is an ending."""
_SURROUNDINGS_FRAMES = 43  # a second
_PEAK_FRAMES = 2
_PADDED_FRAMES = 5  # a sound that begins at once grows out of the silence that pads it
_TEXTURE_APART_S = 1.0
_AFTER_SILENCE = 1000.0  # weighs more than any growth


@dataclass(frozen=True, slots=True)
class Event:
    """A stretch of a sound, from frame `start` up to but without frame `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Events:
    """The events of a sound in their order; `n_found` is larger than their number if there were too many."""

    events: tuple[Event, ...]
    n_found: int
    sample_rate_hz: int


@dataclass(frozen=True, slots=True)
class _Start:
    """A step at which an event may begin; the heavier, the surer."""

    step: int
    weight: float


class EventFinder:
    """Takes a mono sound piece by piece, at its own rate."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate_hz = sample_rate_hz
        self._cuts = CutFinder(sample_rate_hz)
        self._resampler = Resampler(sample_rate_hz, to_hz=ANALYSIS_RATE_HZ)
        self._stft, self._mel_db = Stft(), DecibelStore()

    def push(self, samples: FloatArray) -> None:
        """Take the next samples [float32]."""
        self._cuts.push(samples)
        self._hear(self._resampler.push(samples))

    def _hear(self, samples: FloatArray) -> None:
        for spectra in self._stft.push(samples):
            self._keep(spectra)

    def _keep(self, spectra: Spectra) -> None:
        self._mel_db.push(to_decibels(mel_power(spectra.power)))

    def finish(self, *, least_s: float, most: int) -> Events:
        """Find the events.

        Parameters
        ----------
        least_s
            Of two beginnings nearer to each other than this, only the surer one counts; no event is shorter,
            unless the sound ends.
        most
            Where there are more, those with the least certain beginnings go on with the event before.
        """
        self._hear(self._resampler.push(np.zeros(0, np.float32), last=True))
        for spectra in self._stft.finish():
            self._keep(spectra)
        cuts = self._cuts.finish()
        audible = cuts.audible()
        starts = [_Start(first, _AFTER_SILENCE) for first, _ in audible]
        starts += _within(_onsets(onset_strength(self._mel_db), cuts), audible)
        starts = _apart(starts, steps=cuts.steps(least_s))
        textures = _within(_textures(self._mel_db, cuts), audible)
        starts = _with_textures(starts, textures, steps=cuts.steps(max(least_s, _TEXTURE_APART_S)))
        kept = sorted(sorted(starts, key=lambda start: -start.weight)[:most], key=lambda start: start.step)
        events = _spans(kept, audible, cuts, least_steps=cuts.steps(least_s))
        return Events(events, n_found=len(starts), sample_rate_hz=self._rate_hz)


def _onsets(strength: FloatArray, cuts: Cuts) -> list[_Start]:
    """Find where something begins, by how much the spectrum grows against what is usual around it."""
    usual = scipy.ndimage.median_filter(strength, _SURROUNDINGS_FRAMES, mode="reflect")
    growth = strength - usual
    growth[:_PADDED_FRAMES] = 0
    deviation = scipy.ndimage.median_filter(np.abs(growth), _SURROUNDINGS_FRAMES, mode="reflect") * 1.4826
    peaks = growth == scipy.ndimage.maximum_filter1d(growth, 2 * _PEAK_FRAMES + 1)
    candidates = np.flatnonzero(
        peaks & (growth >= LEAST_GROWTH_DB) & (growth >= TIMES_USUAL_IF_LOUDER * deviation)
    )
    found = []
    for frame in candidates:
        step, rise_db = cuts.attack(float(frame * FRAME_S))
        stands_out = growth[frame] >= TIMES_USUAL * deviation[frame] or rise_db >= LOUDER_DB
        if stands_out and not _only_swells_or_ends(cuts, step, rise_db=rise_db):
            found.append(_Start(step, float(growth[frame])))
    return found


def _only_swells_or_ends(cuts: Cuts, step: int, *, rise_db: float) -> bool:
    """Whether the spectrum grows although nothing begins: in a tremolo, or in the click of an abrupt end."""
    growth_db = cuts.growth_db(step, apart_s=0.02, width_s=0.03)
    swells = growth_db >= SWELL_DB and rise_db < SUDDEN_SHARE * growth_db
    ends = rise_db < LOUDER_DB and cuts.growth_db(step, apart_s=0.07, width_s=0.03) <= -ENDING_DB
    return swells or ends


def _textures(mel_db: DecibelStore, cuts: Cuts) -> list[_Start]:
    times_s, novelty_db = texture_changes(mfcc(mel_db))
    return [
        _Start(cuts.attack(time_s)[0], weight)
        for time_s, weight in zip(times_s.tolist(), novelty_db.tolist(), strict=True)
    ]


def _within(starts: list[_Start], audible: list[tuple[int, int]]) -> list[_Start]:
    firsts = np.array([first for first, _ in audible], np.int64)
    kept = []
    for start in starts:
        before = int(np.searchsorted(firsts, start.step, side="right")) - 1
        if before >= 0 and start.step < audible[before][1]:
            kept.append(start)
    return kept


def _apart(starts: list[_Start], *, steps: int) -> list[_Start]:
    """Of beginnings nearer to each other than `steps`, keep the surest."""
    kept: list[_Start] = []
    for start in sorted(starts, key=lambda start: (start.step, -start.weight)):
        if not kept or start.step - kept[-1].step >= steps:
            kept.append(start)
        elif start.weight > kept[-1].weight:
            kept[-1] = start
    return kept


def _with_textures(starts: list[_Start], textures: list[_Start], *, steps: int) -> list[_Start]:
    """Add the changes of texture that no other beginning explains; those are known to the hop."""
    known = np.array([start.step for start in starts], np.int64)
    return starts + [
        texture for texture in textures if not len(known) or np.abs(known - texture.step).min() >= steps
    ]


def _spans(
    starts: list[_Start], audible: list[tuple[int, int]], cuts: Cuts, *, least_steps: int
) -> tuple[Event, ...]:
    """Let each event last until the next one begins, or until nothing is heard any more."""
    ends = np.array([after for _, after in audible], np.int64)
    firsts = np.array([first for first, _ in audible], np.int64)
    limits = [*(start.step for start in starts[1:]), len(cuts.frames)]
    events = []
    for start, limit in zip(starts, limits, strict=False):
        # The last stretch that begins before the limit: where it ends, the event does.
        silent_from = int(ends[np.searchsorted(firsts, limit, side="left") - 1])
        end = min(limit, max(silent_from, start.step + least_steps))
        events.append(Event(_frame(cuts, start.step), _frame(cuts, end)))
    return tuple(events)


def _frame(cuts: Cuts, step: int) -> int:
    if step == 0:
        return 0
    return cuts.n_frames if step >= len(cuts.frames) else int(cuts.frames[step])
