"""What was measured in one sound as one flat JSON object, for scripts: the command line's output.

Single values stand under their names. Families of numbered descriptors (``mfcc_01_mean``, ``chroma_c``, …)
are lists here, and the key is written in ASCII without its scale. The names are part of what stays stable.
"""

from collections.abc import Mapping
from typing import Any

from services.audio_analyzer.dimensions import N_CONTRAST_BANDS, N_MFCC, NOTE_IDS
from shared.python.models import AnalysisDocument

_RENAMED = {"loudness_lufs": "loudness_integrated_lufs", "voicing": "pitch_voicing"}
_LISTS: Mapping[str, list[str]] = {
    **{
        f"mfcc_{part}": [f"mfcc_{i:02d}_{part}" for i in range(1, N_MFCC + 1)]
        for part in ("mean", "std", "delta")
    },
    "spectral_contrast_db": [f"spectral_contrast_{i}_db" for i in range(1, N_CONTRAST_BANDS + 1)],
    "chroma": [f"chroma_{note}" for note in NOTE_IDS],
}
_IN_LISTS = {name for names in _LISTS.values() for name in names}
_ASCII = str.maketrans({"♯": "#", "♭": "b"})
_WHOLE = frozenset({"vector", "peaks", "fingerprint", "onsets_s", "beats_s"})
"""Long parts, which only whoever asks for them gets."""
_INTERNAL = frozenset({"preview", "descriptors"})


def report_name(descriptor: str) -> str:
    """Give where a descriptor stands in the report: its key, or its place in a list."""
    for name, members in _LISTS.items():
        if descriptor in members:
            return f"{name}[{members.index(descriptor)}]"
    return _RENAMED.get(descriptor, descriptor)


def flat_report(document: AnalysisDocument, *, full: bool = False) -> dict[str, Any]:
    """Give a document as one flat object.

    Parameters
    ----------
    full
        With the vector, the waveform's outline, and the times of onsets and beats.
    """
    report = document.model_dump(mode="json", exclude=set(_INTERNAL if full else _INTERNAL | _WHOLE))
    values = document.descriptors
    for name, value in values.items():
        if name not in _IN_LISTS:
            report[_RENAMED.get(name, name)] = value
    for name, members in _LISTS.items():
        report[name] = [values.get(member) for member in members]
    key = values.get("key")
    report["key"] = str(key).split(" ")[0].translate(_ASCII) if key is not None else None
    return report
