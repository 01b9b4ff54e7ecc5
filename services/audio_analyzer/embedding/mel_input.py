"""The mel spectrogram of a window, by the recipe of a model's manifest.

A model is trained on spectrograms of one recipe and hears nothing sensible in any other, so everything in
which the usual recipes differ is a field of `MelInput`. The analysis itself (`mel`) needs one recipe alone.
"""

import numpy as np
import numpy.typing as npt
import scipy.fft

from services.audio_analyzer.embedding.manifest import MelInput
from services.audio_analyzer.mel import hz_to_mel, mel_to_hz
from services.audio_analyzer.stft import FloatArray

_HTK_MELS, _HTK_CORNER_HZ = 2595.0, 700.0


class MelSpectrogram:
    """Computes what a model with a `MelInput` sees."""

    def __init__(self, recipe: MelInput, *, sample_rate_hz: int) -> None:
        self._recipe = recipe
        self._filters = mel_filters(recipe, sample_rate_hz=sample_rate_hz)
        phase = np.arange(recipe.hann_samples) / recipe.hann_samples
        self._hann = (0.5 - 0.5 * np.cos(2 * np.pi * phase)).astype(np.float32)

    def __call__(self, samples: FloatArray) -> FloatArray:
        """Transform windows.

        Parameters
        ----------
        samples
            [shape=(..., n_samples), float32]

        Returns
        -------
        [shape=(..., n_mels, n_frames), float32], where ``n_frames`` is ``1 + n_samples // hop_samples`` with
        padding and ``1 + (n_samples - window_samples) // hop_samples`` without (of even windows).
        """
        recipe = self._recipe
        frames = np.lib.stride_tricks.sliding_window_view(self._padded(samples), recipe.hann_samples, axis=-1)
        spectrum = scipy.fft.rfft(frames[..., :: recipe.hop_samples, :] * self._hann, n=recipe.n_fft, axis=-1)
        power = spectrum.real**2 + spectrum.imag**2
        mel = np.swapaxes((power if recipe.power == 2 else np.sqrt(power)) @ self._filters.T, -1, -2)
        if recipe.log != "none":
            mel = np.log(np.maximum(mel, np.float32(recipe.floor)) + np.float32(recipe.offset))
        if recipe.log == "decibel":
            mel = mel * np.float32(10 / np.log(10))
        return np.asarray((mel - np.float32(recipe.mean)) / np.float32(recipe.std), np.float32)

    def _padded(self, samples: FloatArray) -> FloatArray:
        if self._recipe.padding == "none":
            return samples
        around = (*[(0, 0)] * (samples.ndim - 1), (self._recipe.hann_samples // 2,) * 2)
        if self._recipe.padding == "zeros":
            return np.pad(samples, around)
        return np.pad(samples, around, mode="reflect")


def mel_filters(recipe: MelInput, *, sample_rate_hz: int) -> FloatArray:
    """Design a recipe's triangular filters.

    Returns
    -------
    [shape=(n_mels, n_fft // 2 + 1), float32]
    """
    highest_hz = recipe.f_max_hz or sample_rate_hz / 2
    to_mel, to_hz = (hz_to_mel, mel_to_hz) if recipe.scale == "slaney" else (_hz_to_htk, _htk_to_hz)
    lowest, highest = float(to_mel(recipe.f_min_hz)), float(to_mel(highest_hz))
    edges_hz = to_hz(np.linspace(lowest, highest, recipe.n_mels + 2))
    bins_hz = np.linspace(0, sample_rate_hz / 2, recipe.n_fft // 2 + 1)
    widths = np.diff(edges_hz)
    ramps = bins_hz - edges_hz[:, None]
    triangles = np.maximum(0, np.minimum(ramps[:-2] / widths[:-1, None], -ramps[2:] / widths[1:, None]))
    if recipe.norm == "slaney":
        triangles *= (2 / (edges_hz[2:] - edges_hz[:-2]))[:, None]
    return triangles.astype(np.float32)


def _hz_to_htk(frequency_hz: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Give mels by the formula of the HTK toolkit (O'Shaughnessy 1987)."""
    return np.asarray(_HTK_MELS * np.log10(1 + np.asarray(frequency_hz, np.float64) / _HTK_CORNER_HZ))


def _htk_to_hz(mel: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return np.asarray(_HTK_CORNER_HZ * (10 ** (np.asarray(mel, np.float64) / _HTK_MELS) - 1))
