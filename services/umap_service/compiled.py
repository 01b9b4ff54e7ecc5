"""How the hot loops of this service are compiled: one set of options, and the casts that vectorise.

Compiled code is kept in `NUMBA_CACHE_DIR`, so only the first process on a machine pays for it. Loops run
without the GIL; threads are started outside (`neighbours.py`), never by numba, whose own thread pool ends the
whole process when two calls meet in it.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit, types
from numba.extending import intrinsic

P = ParamSpec("P")
R = TypeVar("R")

_OPTIONS: dict[str, Any] = {
    # Everything that lets a loop be reordered into vectors. Our values are finite, which `matrix.py` sees to.
    "fastmath": {"reassoc", "contract", "arcp", "nnan", "ninf", "nsz", "afn"},
    "error_model": "numpy",
    "boundscheck": False,
    "nogil": True,
    "cache": True,
}


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function when it is first called with a set of argument types."""
    return cast(Callable[P, R], njit(**_OPTIONS)(function))


def compiled_inline(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function that others are built from; it leaves no entry of its own in the cache."""
    return cast(Callable[P, R], njit(**{**_OPTIONS, "cache": False})(function))


def _intrinsic(define: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """Make a function of compiled code; to its callers it has no typing context."""
    return cast(Callable[[Any], Any], intrinsic(define))


def _bitcast(source: Any, target: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(signature.return_type))

    return target(source), generate


@_intrinsic
def float_to_bits(typing_context: Any, value: Any) -> Any:
    """Give the bits of a float32 as an int32."""
    return _bitcast(types.float32, types.int32)


@_intrinsic
def bits_to_float(typing_context: Any, value: Any) -> Any:
    """Give the float32 that has the bits of an int32."""
    return _bitcast(types.int32, types.float32)
