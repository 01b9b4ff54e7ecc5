"""The place of a sound in the space where distance means difference to the ear.

A vector of `DIMENSIONS` numbers, each centred and scaled to what ordinary sounds span, so that about one unit
is a clear difference; positive quantities that the ear hears in ratios are taken as logarithms. How loud the
whole sound is does not enter, only how its loudness moves. `VERSION` changes with any change of meaning.

======  ==========  =====================================================================================
values  group       what
======  ==========  =====================================================================================
13      timbre      mean of MFCC 2 to 14
13      timbre      deviation of MFCC 1 to 13
7       spectrum    octaves of centroid and bandwidth, noisiness, brightness, warmth, roughness, flux
7       spectrum    contrast of the seven octave bands
6       envelope    octaves of duration, effective duration, attack and decay; temporal centroid, crest
4       character   percussiveness, onset rate, voicing, harmonicity
2       pitch       octaves from 220 Hz, times voicing; focus of the chroma
======  ==========  =====================================================================================
"""

from collections.abc import Mapping
from math import log2

VERSION = 2

# Peaks stand higher over valleys at both ends of the spectrum.
_USUAL_CONTRAST_DB = (22.0, 15.0, 18.0, 17.0, 17.0, 17.0, 40.0)

Values = Mapping[str, float | str | None]


def _number(values: Values, name: str, otherwise: float) -> float:
    value = values[name]
    return otherwise if value is None else float(value)


def _octaves(values: Values, name: str, otherwise: float) -> float:
    return log2(max(_number(values, name, otherwise), 1e-3))


def _timbre(values: Values) -> list[float]:
    # Higher coefficients move less: means by about 1/i, deviations a little faster.
    means = [_number(values, f"mfcc_{i:02}_mean", 0.0) / (110 / i + 3) for i in range(2, 15)]
    deviations = [
        (_number(values, f"mfcc_{i:02}_std", 40 / i + 3) - 40 / i - 3) / (60 / i**1.35 + 1)
        for i in range(1, 14)
    ]
    return means + deviations


def _spectrum(values: Values) -> list[float]:
    shape = [
        _octaves(values, "spectral_centroid_hz", 1500.0) - log2(1500),
        _octaves(values, "spectral_bandwidth_hz", 1500.0) - log2(1500),
        (_number(values, "noisiness", 0.2) - 0.2) / 0.2,
        (_number(values, "brightness", 0.3) - 0.3) / 0.3,
        (_number(values, "warmth", 0.5) - 0.5) / 0.3,
        (_number(values, "roughness", 0.4) - 0.4) / 0.3,
        (_number(values, "spectral_flux", 0.4) - 0.4) / 0.2,
    ]
    contrast = [
        (_number(values, f"spectral_contrast_{band}_db", usual) - usual) / 6
        for band, usual in enumerate(_USUAL_CONTRAST_DB, start=1)
    ]
    return shape + contrast


def _envelope(values: Values) -> list[float]:
    duration_s = _number(values, "duration_s", 1.0)
    return [
        (_octaves(values, "duration_s", 1.0) - 0.0) / 2,
        (_octaves(values, "effective_duration_s", duration_s) + 1.5) / 2,
        (_octaves(values, "attack_time_s", 0.02) - log2(0.02)) / 2,
        # What never decays goes on for as long as it lasts.
        (_octaves(values, "decay_s", duration_s) + 1.5) / 2,
        (_number(values, "temporal_centroid", 0.35) - 0.35) / 0.15,
        (_number(values, "crest_factor_db", 15.0) - 15) / 5,
    ]


def _character(values: Values) -> list[float]:
    return [
        (_number(values, "percussive_ratio", 0.3) - 0.3) / 0.25,
        log2(1 + _number(values, "onset_rate_hz", 2.0)) - 1.5,
        (_number(values, "voicing", 0.5) - 0.5) / 0.35,
        (_number(values, "harmonicity_db", 5.0) - 5) / 8,
    ]


def _pitch(values: Values) -> list[float]:
    voicing = _number(values, "voicing", 0.0)
    return [
        voicing * (_octaves(values, "pitch_hz", 220.0) - log2(220)),
        (_number(values, "chroma_focus", 0.2) - 0.2) / 0.15,
    ]


def vector(values: Values) -> tuple[float, ...]:
    """Give the vector of a sound from its descriptors.

    A value that has no meaning for the sound stands where an ordinary one would, so that it neither joins nor
    parts sounds.
    """
    groups = (_timbre(values), _spectrum(values), _envelope(values), _character(values), _pitch(values))
    return tuple(round(value, 6) for group in groups for value in group)


DIMENSIONS = 52
