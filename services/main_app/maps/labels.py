"""Names for groups of sounds, in plain words, from what sets each group apart: ``low · long · noisy``."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SEPARATOR = " · "
ORDINARY = "mixed"
_STANDS_OUT = 0.6
"""From how many robust standard deviations away from all sounds a group is worth a word."""
_USUAL_WORDS, _MOST_WORDS = 2, 4
_LEAST_SHARE = 0.5
"""Share of a group's sounds that must have a value before it speaks for the group."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Trait:
    """A descriptor that people hear, with the words for little and much of it.

    Of one `family` a name has only one word: the others would say it again.
    """

    descriptor: str
    little: str
    much: str
    family: str
    is_ratio_scaled: bool = False


TRAITS = (
    Trait("pitch_midi", "low", "high", "pitch"),
    Trait("spectral_centroid_hz", "dark", "bright", "colour", is_ratio_scaled=True),
    Trait("warmth", "thin", "warm", "colour"),
    Trait("duration_s", "short", "long", "length", is_ratio_scaled=True),
    Trait("percussive_ratio", "sustained", "percussive", "onset"),
    Trait("attack_time_s", "sharp", "swelling", "onset", is_ratio_scaled=True),
    Trait("noisiness", "clear", "noisy", "texture"),
    Trait("voicing", "unpitched", "pitched", "texture"),
    Trait("roughness", "smooth", "rough", "roughness"),
    Trait("onset_rate_hz", "sparse", "busy", "rhythm"),
    Trait("loudness_max_lufs", "quiet", "loud", "level"),
)
SAMPLE_SOUNDS = 400
"""Of how many sounds of a group its name is made: a median needs no more."""

TRAIT_DESCRIPTORS = tuple(trait.descriptor for trait in TRAITS)


def sample(labels: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Give rows that stand for all: up to `SAMPLE_SOUNDS` of each cluster and of what is in none."""
    order = np.argsort(labels, kind="stable")
    _, starts = np.unique(labels[order], return_index=True)
    chosen = [
        rows[np.linspace(0, len(rows) - 1, min(len(rows), SAMPLE_SOUNDS)).astype(np.int64)]
        for rows in np.split(order, starts[1:])
    ]
    return np.sort(np.concatenate(chosen))


def name_clusters(descriptors: Mapping[str, Floats], labels: npt.NDArray[np.int32]) -> list[str]:
    """Name every cluster of a map; no two have the same name.

    Parameters
    ----------
    descriptors
        For some of `TRAIT_DESCRIPTORS` the value of each sound [shape=(n,)], NaN where it has none.
    labels
        [shape=(n,)], the cluster of each sound, -1 for none.

    Returns
    -------
    list of str
        By cluster, from 0 to the highest label.
    """
    n_clusters = int(labels.max(initial=-1)) + 1
    scores = {
        trait: _distances(_scaled(descriptors[trait.descriptor], trait), labels, n_clusters)
        for trait in TRAITS
        if trait.descriptor in descriptors
    }
    words = [
        _words({trait: float(distances[cluster]) for trait, distances in scores.items()})
        for cluster in range(n_clusters)
    ]
    return _distinct(words)


def _scaled(values: Floats, trait: Trait) -> Floats:
    if not trait.is_ratio_scaled:
        return values
    logarithms: Floats = np.log2(values, out=np.full_like(values, np.nan), where=values > 0)
    return logarithms


def _distances(values: Floats, labels: npt.NDArray[np.int32], n_clusters: int) -> npt.NDArray[np.float64]:
    """Give how far each cluster's median lies from all sounds', in robust standard deviations."""
    distances = np.zeros(n_clusters)
    known = values[np.isfinite(values)].astype(float)
    if not len(known):
        return distances
    low, middle, high = np.percentile(known, [25, 50, 75])
    # Of a value that most sounds share the quartiles say nothing; its standard deviation still does.
    spread = (high - low) / 1.349 or float(known.std())
    if spread == 0:
        return distances
    for cluster in range(n_clusters):
        of_cluster = values[labels == cluster]
        there = of_cluster[np.isfinite(of_cluster)]
        if len(there) and len(there) >= _LEAST_SHARE * len(of_cluster):
            distances[cluster] = (float(np.median(there)) - middle) / spread
    return distances


def _words(distances: Mapping[Trait, float]) -> list[str]:
    """Give the words for what stands out, the most telling first."""
    words: list[str] = []
    families: set[str] = set()
    for trait, distance in sorted(distances.items(), key=lambda item: -abs(item[1])):
        if abs(distance) >= _STANDS_OUT and trait.family not in families:
            families.add(trait.family)
            words.append(trait.much if distance > 0 else trait.little)
    return words


def _distinct(words: Sequence[Sequence[str]]) -> list[str]:
    lengths = [_USUAL_WORDS] * len(words)
    for _ in range(_MOST_WORDS - _USUAL_WORDS):
        repeated = _repeated(_joined(words, lengths))
        lengths = [
            length + (name in repeated) for length, name in zip(lengths, _joined(words, lengths), strict=True)
        ]
    return _numbered(_joined(words, lengths))


def _joined(words: Sequence[Sequence[str]], lengths: Iterable[int]) -> list[str]:
    return [SEPARATOR.join(some[:length]) or ORDINARY for some, length in zip(words, lengths, strict=True)]


def _repeated(names: Sequence[str]) -> set[str]:
    return {name for name, n in Counter(names).items() if n > 1}


def _numbered(names: Sequence[str]) -> list[str]:
    """Tell those apart that no word does."""
    repeated, seen = _repeated(names), Counter[str]()
    numbered = []
    for name in names:
        seen[name] += 1
        numbered.append(f"{name} {seen[name]}" if name in repeated else name)
    return numbered
