"""Pure functions that at least two parts use. No input or output, nothing of any one part."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


def stable_hash(value: Mapping[str, Any]) -> str:
    """Give the SHA-256 of a mapping's canonical JSON: equal for equal content in any order of keys."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def batched(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut a sequence into runs of `size`, the last one shorter."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
