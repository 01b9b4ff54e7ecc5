"""Floating point numbers as the integers that their bits are, for kernels.

Bits of numbers that are not negative are integers of the same order, and compilers may compare integers in
any order, many at a time. Arrays could be viewed as the other type, too, but numba takes seconds to compile
that.
"""

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic


def _bitcast(to: ir.Type) -> Any:
    def generate(_context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Any) -> ir.Value:
        return builder.bitcast(arguments[0], to)

    return generate


@intrinsic
def _bits_of(_typing: Any, number: Any) -> Any:
    return types.int32(types.float32), _bitcast(ir.IntType(32))


@intrinsic
def _number_of(_typing: Any, bits: Any) -> Any:
    return types.float32(types.int32), _bitcast(ir.FloatType())


# Numba fills in the first argument.
bits_of: Any = _bits_of
number_of: Any = _number_of
