"""What a sound is made for: to be played once, to be looped, to go on, or to be listened to."""

from collections.abc import Mapping

import numpy as np

from services.audio_analyzer.rhythm import BEGINS_WITHIN_S, LONGEST_LOOP_S, Rhythm

ONE_SHOT, LOOP, TEXTURE, RECORDING = "one-shot", "loop", "texture", "recording"
LEAST_BEATS = 2
SHORTEST_TEXTURE_S = 4.0
LEAST_SUSTAINED = 0.8
_BEAT_REACH = 0.1  # how far from a whole number of beats a loop may last, in beats
_LONGEST_REST = 2.0  # before a loop begins anew, against the longest rest within it
_BALANCED = (0.2, 0.8)

Values = Mapping[str, float | str | None]


def _number(values: Values, name: str) -> float:
    value = values[name]
    return float(value) if isinstance(value, int | float) else 0.0


def _loops(values: Values, rhythm: Rhythm) -> bool:
    """Whether a sound begins at once, lasts a whole number of beats, and plays up to its end."""
    duration_s = _number(values, "duration_s")
    n_beats = _number(values, "bpm") * duration_s / 60
    if n_beats < LEAST_BEATS - _BEAT_REACH or abs(n_beats - round(n_beats)) > _BEAT_REACH:
        return False
    if duration_s > LONGEST_LOOP_S or _number(values, "leading_silence_s") >= BEGINS_WITHIN_S:
        return False
    longest_s = float(np.diff(rhythm.onsets_s).max(initial=0.0))
    return duration_s - rhythm.onsets_s[-1] <= _LONGEST_REST * longest_s


def _goes_on(values: Values) -> bool:
    """Whether a sound stays loud for most of its time, neither dying away nor swelling to its end."""
    duration_s = _number(values, "duration_s")
    audible_s = duration_s - _number(values, "leading_silence_s") - _number(values, "trailing_silence_s")
    early, late = _BALANCED
    return (
        duration_s >= SHORTEST_TEXTURE_S
        and _number(values, "effective_duration_s") >= LEAST_SUSTAINED * audible_s
        and early <= _number(values, "temporal_centroid") <= late
    )


def sound_type(values: Values, rhythm: Rhythm) -> str:
    """Tell what a sound is made for, from its other descriptors.

    Returns
    -------
    ``loop``
        Up to 30 s with a tempo, cut to a whole number of beats.
    ``texture``
        4 s or longer without a tempo, as loud at its end as at its beginning: drones, rain, room tone.
    ``recording``
        Anything else over 30 s: songs, speech, field recordings with events.
    ``one-shot``
        Anything else: hits, notes, spoken words, effects.
    """
    if _loops(values, rhythm):
        return LOOP
    if values["bpm"] is None and _goes_on(values):
        return TEXTURE
    return RECORDING if _number(values, "duration_s") > LONGEST_LOOP_S else ONE_SHOT
