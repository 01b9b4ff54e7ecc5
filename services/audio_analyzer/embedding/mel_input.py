"""The mel spectrogram of a window, by the recipe of a model's manifest.

A model is trained on spectrograms of one recipe and hears nothing sensible in any other, so everything in
which the usual recipes differ is a field of `MelInput`. The analysis itself (`mel`) needs one recipe alone.
"""

import numpy as np
import numpy.typing as npt

from services.audio_analyzer.embedding.manifest import MelInput
from services.audio_analyzer.mel_scale import (
    equal_area,
    htk_mel_to_hz,
    hz_to_htk_mel,
    hz_to_mel,
    mel_to_hz,
    triangles,
)

Floats = npt.NDArray[np.float32]

_SCALES = {"slaney": (hz_to_mel, mel_to_hz), "htk": (hz_to_htk_mel, htk_mel_to_hz)}


class MelSpectrogram:
    """Computes what a model with a `MelInput` sees."""

    def __init__(self, recipe: MelInput, *, sample_rate_hz: int) -> None:
        self._recipe = recipe
        self._filters = mel_filters(recipe, sample_rate_hz=sample_rate_hz)
        phase = np.arange(recipe.hann_samples) / recipe.hann_samples
        self._hann = (0.5 - 0.5 * np.cos(2 * np.pi * phase)).astype(np.float32)

    def __call__(self, samples: Floats) -> Floats:
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
        spectrum = np.fft.rfft(frames[..., :: recipe.hop_samples, :] * self._hann, n=recipe.n_fft, axis=-1)
        power = spectrum.real**2 + spectrum.imag**2
        mel = np.swapaxes((power if recipe.power == 2 else np.sqrt(power)) @ self._filters.T, -1, -2)
        if recipe.log != "none":
            mel = np.log(np.maximum(mel, np.float32(recipe.floor)) + np.float32(recipe.offset))
        if recipe.log == "decibel":
            mel = mel * np.float32(10 / np.log(10))
        return np.asarray((mel - np.float32(recipe.mean)) / np.float32(recipe.std), np.float32)

    def _padded(self, samples: Floats) -> Floats:
        if self._recipe.padding == "none":
            return samples
        around = (*[(0, 0)] * (samples.ndim - 1), (self._recipe.hann_samples // 2,) * 2)
        if self._recipe.padding == "zeros":
            return np.pad(samples, around)
        return np.pad(samples, around, mode="reflect")


def mel_filters(recipe: MelInput, *, sample_rate_hz: int) -> Floats:
    """Design a recipe's triangular filters.

    Returns
    -------
    [shape=(n_mels, n_fft // 2 + 1), float32]
    """
    to_mel, to_hz = _SCALES[recipe.scale]
    lowest, highest = to_mel(recipe.f_min_hz), to_mel(recipe.f_max_hz or sample_rate_hz / 2)
    edges = np.linspace(float(lowest), float(highest), recipe.n_mels + 2)
    edges_hz = to_hz(edges)
    bins_hz = np.linspace(0, sample_rate_hz / 2, recipe.n_fft // 2 + 1)
    over_mels = recipe.triangles == "mel"
    filters = triangles(edges, to_mel(bins_hz)) if over_mels else triangles(edges_hz, bins_hz)
    if recipe.norm == "slaney":
        filters *= equal_area(edges_hz)
    return filters.astype(np.float32)
