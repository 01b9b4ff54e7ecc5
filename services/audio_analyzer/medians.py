"""Medians of every 31 values in a row, for many columns side by side: the heart of `percussive`.

Sixteen neighbouring windows share sixteen of their values, which are sorted once. Each half of the windows
shares eight more; merged into the sorted sixteen, only the eight in the middle can still be a median. So it
goes on, in halves, down to single windows, with 23 comparisons for each median.

Which values are compared does not depend on them: the comparisons are unrolled when this is compiled, and
work on eight columns at a time in vector registers.
"""

from collections.abc import Callable, Iterator
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.extending import intrinsic

from services.audio_analyzer.stft import FloatArray

WIDTH = 31
LANES = 8
WINDOWS = 16

Exchange = Callable[[Any, Any], tuple[Any, Any]]
"""Gives two values in order: the smaller first."""


def _merged(a: list[Any], b: list[Any], exchange: Exchange) -> list[Any]:
    """Merge two sorted lists with Batcher's odd-even network, for any lengths."""
    if not a or not b:
        return a + b
    if len(a) == len(b) == 1:
        return list(exchange(a[0], b[0]))
    evens, odds = _merged(a[::2], b[::2], exchange), _merged(a[1::2], b[1::2], exchange)
    result = evens[:1]
    for even, odd in zip(evens[1:], odds, strict=False):
        result += exchange(odd, even)
    n_paired = min(len(evens) - 1, len(odds))
    return result + evens[1 + n_paired :] + odds[n_paired:]


def _sorted(values: list[Any], exchange: Exchange) -> list[Any]:
    if len(values) <= 1:
        return values
    half = len(values) // 2
    return _merged(_sorted(values[:half], exchange), _sorted(values[half:], exchange), exchange)


def sliding_medians(values: list[Any], exchange: Exchange) -> Iterator[Any]:
    """Give the medians of all 16 windows of 31 values in a row, by comparing and exchanging alone.

    Parameters
    ----------
    values
        46 of whatever `exchange` can order.

    References
    ----------
    K. E. Batcher, "Sorting networks and their applications", AFIPS 32 (1968); A. Adams, "Fast median filters
    using separable sorting networks", ACM Transactions on Graphics 40 (2021), for the sharing in halves.
    """
    shared = _sorted(values[WINDOWS - 1 : WIDTH], exchange)
    yield from _halved(values, 0, WINDOWS, shared, exchange)


def _halved(values: list[Any], first: int, n: int, middle: list[Any], exchange: Exchange) -> Iterator[Any]:
    """Give the medians of `n` windows; `middle` is, in order, the middle `n` of the values they share."""
    if n == 1:
        yield middle[0]
        return
    half = n // 2
    before, after = first + half - 1, first + WIDTH
    for start, new in ((first, values[before : before + half]), (first + half, values[after : after + half])):
        merged = _merged(middle, _sorted(new, exchange), exchange)
        # As many as are new can lie on either side of a median without ever being one.
        yield from _halved(values, start, half, merged[half:-half], exchange)


def _vector_exchange(builder: ir.IRBuilder) -> Exchange:
    def exchange(a: ir.Value, b: ir.Value) -> tuple[ir.Value, ir.Value]:
        ordered = builder.fcmp_ordered("<", a, b, flags=("nnan", "nsz"))
        return builder.select(ordered, a, b), builder.select(ordered, b, a)

    return exchange


@intrinsic
def _sixteen_medians(
    _typing: Any, source: Any, at: Any, pitch: Any, target: Any, to: Any, target_pitch: Any
) -> Any:
    """Write the medians of 46 rows, of eight columns from the flat index `at`, to 16 rows from `to`."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        source, at, pitch, target, to, target_pitch = arguments
        vector = ir.VectorType(ir.FloatType(), LANES)

        def row(array_type: Any, array: ir.Value, start: ir.Value, step: ir.Value, number: int) -> ir.Value:
            index = builder.add(start, builder.mul(step, ir.Constant(step.type, number)))
            first = builder.gep(context.make_array(array_type)(context, builder, array).data, [index])
            return builder.bitcast(first, vector.as_pointer())

        rows = [
            builder.load(row(signature.args[0], source, at, pitch, i), align=4)
            for i in range(WINDOWS + WIDTH - 1)
        ]
        for i, median in enumerate(sliding_medians(rows, _vector_exchange(builder))):
            builder.store(median, row(signature.args[3], target, to, target_pitch, i), align=4)
        return context.get_dummy_value()

    return types.void(source, types.intp, types.intp, target, types.intp, types.intp), generate


@njit(cache=True, nogil=True, error_model="numpy")
def medians_along_rows(rows: FloatArray, start: int, pitch: int, n: int, medians: FloatArray) -> None:
    """Fill in the median of every 31 rows in a row, column by column.

    Parameters
    ----------
    rows
        [shape=(>= start + (n + 30) * pitch,), float32] Rows of `pitch` columns, from `start` on. No NaN.
    pitch, n
        Numbers of columns, a multiple of 8, and of medians in each, a multiple of 16.
    medians
        [shape=(>= n * pitch,), float32]
    """
    for first in range(0, n * pitch, WINDOWS * pitch):
        for column in range(first, first + pitch, LANES):
            # Numba fills in the typing context.
            _sixteen_medians(rows, start + column, pitch, medians, column, pitch)  # type: ignore[call-arg]
