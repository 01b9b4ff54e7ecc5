"""Measures one sound: decoded once, transformed once, everything else derived from that."""

from pathlib import Path

import numpy as np
from numba import njit

from services.audio_analyzer.decode import DEFAULT_LIMITS, Limits, Sound, open_sound
from services.audio_analyzer.descriptors import CATALOGUE
from services.audio_analyzer.envelope import EnvelopeFollower, envelope_descriptors
from services.audio_analyzer.fingerprint import Fingerprinter, encode
from services.audio_analyzer.harmony import HarmonyMeter
from services.audio_analyzer.identity import AudioHash
from services.audio_analyzer.level import FrameLevels, LevelMeter
from services.audio_analyzer.loudness import LoudnessMeter, loudest_moment_lufs
from services.audio_analyzer.mel import DecibelStore, mean_decibels, mel_power, to_decibels
from services.audio_analyzer.nodes import NODE_VERSION
from services.audio_analyzer.partials import find_partials
from services.audio_analyzer.peaks import Outline
from services.audio_analyzer.percussive import PercussiveMeter
from services.audio_analyzer.pitch import PitchTracker
from services.audio_analyzer.preview import ClipFinder, render_preview
from services.audio_analyzer.resample import Resampler
from services.audio_analyzer.rhythm import BEGINS_WITHIN_S, Rhythm, measure_rhythm
from services.audio_analyzer.sound_type import sound_type
from services.audio_analyzer.spectrum import SpectrumMeter
from services.audio_analyzer.stft import ANALYSIS_RATE_HZ, FloatArray, Spectra, Stft
from services.audio_analyzer.timbre import mfcc_runs, timbre_descriptors
from services.audio_analyzer.vector import VERSION, vector
from shared.python.models import AnalysisDocument, TempoCandidate

_Values = dict[str, float | str | None]


class _Recording:
    """What is measured on the sound as it was recorded: all channels, its own rate."""

    def __init__(self, sample_rate_hz: int, *, channels: int) -> None:
        self.level = LevelMeter(channels)
        self.loudness = LoudnessMeter(sample_rate_hz, channels=channels)
        self.outline = Outline()
        self.clips = ClipFinder(sample_rate_hz)
        self.audio_hash = AudioHash(sample_rate_hz, channels=channels)

    def push(self, block: FloatArray, mono: FloatArray) -> None:
        by_channel = np.asfortranarray(block)
        self.level.push(by_channel)
        self.loudness.push(by_channel)
        self.outline.push(block)
        self.clips.push(mono)
        self.audio_hash.push(block)

    def descriptors(self) -> _Values:
        loudness = self.loudness.finish()
        return {
            "loudness_lufs": loudness.integrated_lufs,
            "loudness_max_lufs": loudness.momentary_max_lufs,
            "loudness_short_term_max_lufs": loudness.short_term_max_lufs,
            "loudness_range_lu": loudness.range_lu,
            "true_peak_dbtp": loudness.true_peak_dbtp,
            **self.level.descriptors(),
        }


class _Listener:
    """What is measured on the mono sound at the analysis rate, and on its spectra."""

    def __init__(self) -> None:
        self._envelope = EnvelopeFollower()
        self._levels = FrameLevels()
        self._stft = Stft()
        self._spectrum = SpectrumMeter()
        self._mel_db = DecibelStore()
        self._pitch = PitchTracker()
        self._harmony = HarmonyMeter()
        self._percussive = PercussiveMeter()
        self.fingerprint = Fingerprinter()

    def push(self, samples: FloatArray) -> None:
        self._envelope.push(samples)
        self._levels.push(samples)
        for spectra in self._stft.push(samples):
            self._hear(spectra)

    def _hear(self, spectra: Spectra) -> None:
        mel = mel_power(spectra.power)
        partials = find_partials(spectra)
        self._mel_db.push(to_decibels(mel))
        self.fingerprint.push(mel)
        self._spectrum.push(spectra, mel, partials)
        self._pitch.push(spectra, partials)
        self._harmony.push(partials)
        self._percussive.push(spectra.magnitude)

    def finish(self, *, duration_s: float) -> tuple[_Values, Rhythm]:
        for spectra in self._stft.finish():
            self._hear(spectra)
        rms, crossing_rate = self._levels.finish()
        levels = self._envelope.finish()
        envelope = envelope_descriptors(levels, duration_s=duration_s)
        silence_s = envelope["leading_silence_s"]
        rhythm = measure_rhythm(
            self._mel_db,
            levels=levels,
            duration_s=duration_s,
            begins_at_once=silence_s is not None and silence_s < BEGINS_WITHIN_S,
        )
        values: _Values = {
            "duration_s": duration_s,
            "rms_mean": float(rms.mean(dtype=float)),
            "zero_crossing_rate": float(crossing_rate.mean(dtype=float)),
            "percussive_ratio": self._percussive.finish(),
            "mel_mean_db": mean_decibels(self._mel_db),
            **envelope,
            **self._spectrum.descriptors(),
            **self._pitch.descriptors(),
            **self._harmony.descriptors(duration_s=duration_s),
            **rhythm.descriptors,
            **timbre_descriptors(mfcc_runs(self._mel_db)),
        }
        values["sound_type"] = sound_type(values, rhythm)
        return values, rhythm


@njit(cache=True, nogil=True, error_model="numpy")
def _mean_of_channels(block: FloatArray, mono: FloatArray) -> None:
    n_channels = block.shape[1]
    for i in range(block.shape[0]):
        total = np.float32(0)
        for channel in range(n_channels):
            total += block[i, channel]
        mono[i] = total / np.float32(n_channels)


def mixed_down(block: FloatArray) -> FloatArray:
    """Give the mean of all channels."""
    mono = np.empty(len(block), np.float32)
    _mean_of_channels(np.ascontiguousarray(block), mono)
    return mono


# Of a silent file only this is measured: the rest would describe rounding errors.
_MEASURED_IN_SILENCE = ("duration_s", "true_peak_dbtp", "peak_dbfs", "rms_dbfs", "rms_mean")


def analyze_file(
    path: Path,
    *,
    content_hash: str,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[AnalysisDocument, bytes]:
    """Measure a sound file.

    Parameters
    ----------
    content_hash
        SHA-256 of its bytes, in hexadecimal: taken as it is given.

    Returns
    -------
    document
        Every descriptor of the catalogue; ``None`` where one has no meaning for this sound, never NaN.
    clip
        The encoded preview that `document.preview` describes.

    Raises
    ------
    TonotopeError
        One of its kinds, its `code` a `FailureCode`, when the file cannot be measured.
    """
    with open_sound(path, limits=limits) as sound:
        return analyze_sound(sound, content_hash=content_hash)


def analyze_sound(sound: Sound, *, content_hash: str) -> tuple[AnalysisDocument, bytes]:
    """Measure an open sound, as `analyze_file` does a file: a whole one, or a slice of one."""
    rate_hz, channels = sound.format.sample_rate_hz, sound.format.channels
    recording, listener = _Recording(rate_hz, channels=channels), _Listener()
    resampler = Resampler(rate_hz, to_hz=ANALYSIS_RATE_HZ)
    nothing = None
    for block in sound.blocks():
        mono = mixed_down(block)
        recording.push(block, mono)
        listener.push(resampler.push(mono))
        nothing = mono[:0]
    assert nothing is not None  # noqa: S101  (a sound without a block raises)
    listener.push(resampler.push(nothing, last=True))

    duration_s = sound.n_frames / rate_hz
    heard, rhythm = listener.finish(duration_s=duration_s)
    values = recording.descriptors() | heard
    if recording.level.silent:
        rhythm = Rhythm({}, onsets_s=())
        values = {name: values[name] if name in _MEASURED_IN_SILENCE else None for name in values}
    ordered = {spec.name: values[spec.name] for spec in CATALOGUE}

    clip = recording.clips.finish()
    preview, encoded = render_preview(clip, rate_hz, loudness_lufs=loudest_moment_lufs(clip.samples, rate_hz))
    damage = {"truncated": sound.truncated, "non_finite": sound.non_finite}
    document = AnalysisDocument(
        content_hash=content_hash,
        node_version=NODE_VERSION,
        duration_s=duration_s,
        channels=channels,
        sample_rate_hz=rate_hz,
        format=sound.container.value,
        codec=sound.format.codec,
        bit_depth=sound.format.bit_depth,
        descriptors=ordered,
        flags=(*recording.level.flags(), *(name for name, true in damage.items() if true)),
        vector=vector(ordered),
        vector_version=VERSION,
        peaks=recording.outline.finish(),
        preview=preview,
        audio_hash=recording.audio_hash.finish(),
        fingerprint=None if recording.level.silent else encode(listener.fingerprint.finish()),
        bpm_alternatives=tuple(
            TempoCandidate(bpm=tempo.bpm, strength=tempo.strength) for tempo in rhythm.alternatives
        ),
        onsets_s=rhythm.onsets_s,
        beats_s=rhythm.beats_s,
    )
    return document, encoded
