"""What was measured, as columns in point order: what a browser colours, filters and sorts a map by.

All columns of a layout are made in one pass over its analyses, when the first of them is asked for, and kept
as blobs beside the layout.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import TextField
from django.db.models.functions import Cast
from pydantic_core import from_json

from services.main_app.analyses.models import Analysis
from services.main_app.maps.blobs import content_hashes, key_beside, storage
from services.main_app.maps.models import Layout
from services.main_app.nodes.models import NodeType
from shared.python.errors import CorruptError, NotFoundError
from shared.python.models import DescriptorSpec
from shared.python.utils import batched

ANALYZE_NODE = "analyze_audio"
_BATCH = 1000
_one_pass = Lock()

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Categories:
    """A column of names: `codes` are places in `categories`, -1 where there is no value."""

    categories: tuple[str, ...]
    codes: tuple[int, ...]


def descriptor_specs() -> dict[str, DescriptorSpec]:
    """Give what is measured in a sound, by name, as the services have announced it."""
    specs: dict[str, DescriptorSpec] = {}
    for spec in NodeType.objects.order_by("type").values_list("spec", flat=True):
        for described in spec.get("descriptors", ()):
            specs[described["name"]] = DescriptorSpec.model_validate(described)
    return specs


def require_descriptor(name: str) -> DescriptorSpec:
    """Give the description of one descriptor.

    Raises
    ------
    NotFoundError
        When nothing measures it.
    """
    specs = descriptor_specs()
    if name not in specs:
        raise NotFoundError(
            f"nothing measures {name!r}; there are {', '.join(specs) or 'no descriptors yet'}"
        )
    return specs[name]


def number_column(layout: Layout, name: str) -> bytes:
    """Give a descriptor of every point: float32, little-endian, NaN where it has no value.

    Raises
    ------
    NotFoundError
        When the layout is not ready.
    """
    return _kept(layout, _number_key(layout, name))


def category_column(layout: Layout, name: str) -> Categories:
    """Give a descriptor that is a word, of every point.

    Raises
    ------
    NotFoundError
        When the layout is not ready.
    """
    column = json.loads(_kept(layout, _category_key(layout, name)))
    return Categories(categories=tuple(column["categories"]), codes=tuple(column["codes"]))


def number_columns(hashes: Sequence[str], names: Sequence[str]) -> dict[str, Floats]:
    """Give some descriptors of some sounds: float32, shape (n,), NaN where a sound has no value.

    Raises
    ------
    CorruptError
        When a value is no number.
    """
    table = np.empty((len(hashes), len(names)), dtype=np.float32)
    for start, found in _values(hashes):
        table[start : start + len(found)] = _floats(found, names)
    return {name: table[:, place] for place, name in enumerate(names)}


def _kept(layout: Layout, key: str) -> bytes:
    blobs = storage()
    try:
        return blobs.get(key)
    except NotFoundError:
        with _one_pass:  # a browser asks for several columns at once, and one pass makes them all
            if not blobs.exists(key):
                _keep_all(layout)
        return blobs.get(key)


def _keep_all(layout: Layout) -> None:
    hashes = content_hashes(layout)
    specs = descriptor_specs()
    names = [name for name, spec in specs.items() if spec.kind == "number"]
    words: dict[str, list[str | None]] = {name: [] for name in specs if name not in names}
    numbers = np.empty((len(names), len(hashes)), dtype="<f4")
    for start, found in _values(hashes):
        numbers[:, start : start + len(found)] = _floats(found, names).T
        for name, column_of_words in words.items():
            column_of_words += [_word(values.get(name)) for values in found]
    blobs = storage()
    for name, column in zip(names, numbers, strict=True):
        blobs.put(_number_key(layout, name), column.tobytes())
    for name, column_of_words in words.items():
        blobs.put(_category_key(layout, name), json.dumps(_as_categories(column_of_words)).encode())


def _values(hashes: Sequence[str]) -> Iterable[tuple[int, list[Mapping[str, Any]]]]:
    """Give the descriptors of each sound, newest measurement first, in batches with where each begins."""
    for number, some in enumerate(batched(hashes, _BATCH)):
        rows = Analysis.objects.filter(
            content_hash__in=some, node_type=ANALYZE_NODE, state=Analysis.State.ANALYZED
        )
        # As text: what pydantic needs to read it is a third of what Django's own reading takes.
        as_text = rows.annotate(text=Cast("descriptors", TextField()))
        # In the order of versions, so that the newest is what stays.
        found = dict(as_text.order_by("node_version").values_list("content_hash", "text"))
        yield number * _BATCH, [from_json(found.get(content_hash, "{}")) for content_hash in some]


def _floats(found: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Floats:
    """Give one row for each sound; what is null or not there is NaN."""
    rows = [[values.get(name) for name in names] for values in found]
    try:
        return np.array(rows, dtype=np.float32).reshape(len(found), len(names))
    except (TypeError, ValueError) as error:
        raise CorruptError(f"a descriptor that is a number has another value: {error}") from error


def _word(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _as_categories(words: Sequence[str | None]) -> dict[str, list[Any]]:
    categories = sorted({word for word in words if word is not None})
    code = {word: place for place, word in enumerate(categories)}
    return {"categories": categories, "codes": [-1 if word is None else code[word] for word in words]}


def _number_key(layout: Layout, name: str) -> str:
    return key_beside(layout, f"columns/{name}.f32")


def _category_key(layout: Layout, name: str) -> str:
    return key_beside(layout, f"columns/{name}.json")
