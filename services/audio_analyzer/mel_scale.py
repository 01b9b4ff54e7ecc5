"""The two mel scales in use, and the triangular filters that stand on them."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_LINEAR_MEL_HZ, _LOG_FROM_HZ = 200.0 / 3, 1000.0
_LOG_STEP = np.log(6.4) / 27
_HTK_MELS, _HTK_CORNER_HZ = 2595.0, 700.0


def hz_to_mel(frequency_hz: npt.ArrayLike) -> Floats:
    """Give the mel scale of Slaney's Auditory Toolbox: linear up to 1 kHz, logarithmic above."""
    hz = np.asarray(frequency_hz, np.float64)
    log_part = _LOG_FROM_HZ / _LINEAR_MEL_HZ + np.log(np.maximum(hz, _LOG_FROM_HZ) / _LOG_FROM_HZ) / _LOG_STEP
    return np.where(hz < _LOG_FROM_HZ, hz / _LINEAR_MEL_HZ, log_part)


def mel_to_hz(mel: npt.ArrayLike) -> Floats:
    """Give the frequencies of mels, the inverse of `hz_to_mel`."""
    mels = np.asarray(mel, np.float64)
    corner = _LOG_FROM_HZ / _LINEAR_MEL_HZ
    log_part = _LOG_FROM_HZ * np.exp(_LOG_STEP * (np.maximum(mels, corner) - corner))
    return np.where(mels < corner, mels * _LINEAR_MEL_HZ, log_part)


def hz_to_htk_mel(frequency_hz: npt.ArrayLike) -> Floats:
    """Give the mel scale of the HTK toolkit (O'Shaughnessy 1987): logarithmic throughout."""
    return np.asarray(_HTK_MELS * np.log10(1 + np.asarray(frequency_hz, np.float64) / _HTK_CORNER_HZ))


def htk_mel_to_hz(mel: npt.ArrayLike) -> Floats:
    """Give the frequencies of HTK's mels, the inverse of `hz_to_htk_mel`."""
    return np.asarray(_HTK_CORNER_HZ * (10 ** (np.asarray(mel, np.float64) / _HTK_MELS) - 1))


def triangles(edges: Floats, bins: Floats) -> Floats:
    """Design triangular filters of height 1, each from one edge over the next to the one after that.

    Parameters
    ----------
    edges
        Frequencies [shape=(n_filters + 2,)], rising: in Hz, or in mels, over which the sides are straight.
    bins
        Frequencies of the bins of a spectrum [shape=(n_bins,)], in the same unit.

    Returns
    -------
    [shape=(n_filters, n_bins), float64]
    """
    widths = np.diff(edges)
    ramps = bins - edges[:, None]
    return np.maximum(0, np.minimum(ramps[:-2] / widths[:-1, None], -ramps[2:] / widths[1:, None]))


def equal_area(edges_hz: Floats) -> Floats:
    """Give the heights [shape=(n_filters, 1)] at which triangles over these edges enclose equal areas."""
    return (2.0 / (edges_hz[2:] - edges_hz[:-2]))[:, None]
