"""The most telling second and a half of a sound, ready to be played the moment a pointer reaches it."""

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soundfile

from services.audio_analyzer.extremes import energies
from services.audio_analyzer.resample import resample
from services.audio_analyzer.stft import FloatArray
from shared.python.models import Preview

LONGEST_S = 1.5
TARGET_LUFS = -18.0
MOST_GAIN_DB = 12.0
CEILING = 10 ** (-1 / 20)
FADE_IN_S, FADE_OUT_S = 0.002, 0.03
LEAD_IN_S = 0.25
ONSET_DB = -30.0  # against the loudest moment of the clip
PRE_ONSET_S = 0.005
MIME = "audio/flac"
_STEP_S = 0.05
# Every browser decodes it, and it is encoded in a tenth of the time that Vorbis takes, a twentieth of Opus'.
# It is twice Vorbis' size when samples keep this many bits under the clip's own peak: noise 70 dB down.
_BITS_KEPT = 11
_FLAC_RATES_HZ = (8_000, 48_000)


@dataclass(frozen=True, slots=True)
class Clip:
    """A stretch of a sound: mono samples [float32] at its own rate, and where it begins."""

    samples: FloatArray
    start_s: float


class ClipFinder:
    """Finds the loudest stretch of a mono sound that arrives in pieces, without keeping the sound.

    Energy is summed in steps of 50 ms. Whenever the last 1.5 s hold clearly more than any before, they are
    copied, with a quarter of a second before them in which their onset is looked for.
    """

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate_hz = sample_rate_hz
        self._step = max(1, round(_STEP_S * sample_rate_hz))
        self._n_steps = round(LONGEST_S / _STEP_S)
        self._n_lead = round(LEAD_IN_S / _STEP_S)
        self._samples = np.zeros(0, np.float32)
        self._first = 0  # position of the first kept sample
        self._energies = np.zeros(0)
        self._best_energy = 0.0
        self._best = Clip(np.zeros(0, np.float32), 0.0)

    def push(self, samples: FloatArray) -> None:
        self._samples = np.concatenate((self._samples, samples))
        self._look()

    def _look(self) -> None:
        """Weigh every window of whole steps that is complete, and drop what no later window can need."""
        n_whole = len(self._samples) // self._step
        fresh = self._samples[len(self._energies) * self._step :]
        self._energies = np.concatenate((self._energies, energies(fresh, self._step)))
        if n_whole < self._n_steps:
            return
        total = np.concatenate(([0.0], np.cumsum(self._energies)))
        windows = total[self._n_steps :] - total[: -self._n_steps]
        # A clip further on must be 1 dB louder: beginnings are what people know a sound by.
        if windows.max() > self._best_energy * 10**0.1:
            at = int(windows.argmax())
            self._take(at, float(windows[at]))
        keep = self._n_steps + self._n_lead
        if n_whole > keep:
            drop = n_whole - keep
            self._samples = self._samples[drop * self._step :]
            self._energies = self._energies[drop:]
            self._first += drop * self._step

    def _take(self, at_step: int, energy: float) -> None:
        begin = max(0, at_step - self._n_lead) * self._step
        end = (at_step + self._n_steps) * self._step
        self._best_energy = energy
        self._best = Clip(self._samples[begin:end].copy(), (self._first + begin) / self._rate_hz)

    def finish(self) -> Clip:
        """Give the clip, from just before its onset."""
        if len(self._best.samples) == 0 or self._first == 0:
            # The whole sound is still here, and can give a tail that no whole step held.
            start = round(self._best.start_s * self._rate_hz)
            longest = round((LONGEST_S + LEAD_IN_S) * self._rate_hz)
            self._best = Clip(self._samples[start : start + longest], self._best.start_s)
        samples = self._best.samples
        loudest = float(np.abs(samples).max(initial=0))
        onset = int(np.argmax(np.abs(samples) >= loudest * 10 ** (ONSET_DB / 20))) if loudest > 0 else 0
        begin = max(0, onset - round(PRE_ONSET_S * self._rate_hz))
        longest = round(LONGEST_S * self._rate_hz)
        return Clip(samples[begin : begin + longest], self._best.start_s + begin / self._rate_hz)


def render_preview(clip: Clip, sample_rate_hz: int, *, loudness_lufs: float | None) -> tuple[Preview, bytes]:
    """Bring a clip to the common loudness and encode it.

    Parameters
    ----------
    loudness_lufs
        Of the clip's loudest moment; ``None`` leaves its level alone.

    Returns
    -------
    preview
        What the clip is. Its gain is at most +12 dB, so that noise floors stay quiet, and no more than what
        keeps all peaks under -1 dBFS.
    encoded
        FLAC, mono, at the sound's own rate as far as that is an ordinary one: the same bytes for the same
        clip.
    """
    rate_hz = min(max(sample_rate_hz, _FLAC_RATES_HZ[0]), _FLAC_RATES_HZ[1])
    samples = resample(clip.samples, sample_rate_hz, to_hz=rate_hz)
    if len(samples) == 0:
        samples = np.zeros(1, np.float32)
    gain_db = 0.0 if loudness_lufs is None else min(TARGET_LUFS - loudness_lufs, MOST_GAIN_DB)
    peak = float(np.abs(samples).max())
    if peak > 0:
        gain_db = min(gain_db, float(20 * np.log10(CEILING / peak)))
    faded = _faded(samples * np.float32(10 ** (gain_db / 20)), rate_hz)
    encoded = io.BytesIO()
    with soundfile.SoundFile(
        encoded, "w", rate_hz, channels=1, format="FLAC", subtype="PCM_16", compression_level=0.0
    ) as output:
        output.write(_integers(faded))
    preview = Preview(mime=MIME, start_s=clip.start_s, duration_s=len(samples) / rate_hz, gain_db=gain_db)
    return preview, encoded.getvalue()


def _integers(samples: FloatArray) -> npt.NDArray[np.int16]:
    """Round to 16-bit integers whose lowest bits are zero, which FLAC leaves out."""
    peak = int(np.abs(samples).max() * 32_767)
    step = 1 << max(0, peak.bit_length() - _BITS_KEPT)
    return np.asarray(np.rint(samples * np.float32(32_767 / step)) * step, np.int16)


def _faded(samples: FloatArray, rate_hz: int) -> FloatArray:
    """Ease in and out, so that a cut is not a click."""
    faded = samples.copy()
    for length_s, end in ((FADE_IN_S, slice(None)), (FADE_OUT_S, slice(None, None, -1))):
        n = min(round(length_s * rate_hz), len(samples) // 2)
        ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(n, dtype=np.float32) / max(n, 1))
        faded[end][:n] *= ramp
    return faded
