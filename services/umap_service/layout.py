"""The layout itself: points that belong together are drawn to each other, all others push apart.

Stochastic gradient descent on the cross-entropy between the fuzzy graph of the data and that of the picture.
An edge is due in a share of the epochs that is proportional to its weight; whenever it is, its two ends move
together and its head moves away from a few other points.

The loop works on one small batch of edges at a time: gather the ends, compute one edge per vector lane,
scatter the moves. Edges stand in random order, so a batch hardly ever holds a point twice, and moving its
points at once is as good as one by one. Points stand in random order too, which makes any 16 points in a row
a fair sample of all.

References
----------
McInnes, Healy, Melville (2018), UMAP: Uniform Manifold Approximation and Projection, algorithm 5.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize, sparse

from services.umap_service.compiled import bits_to_float, compiled, compiled_inline, float_to_bits
from services.umap_service.matrix import Matrix

NEGATIVE_SAMPLES = 5
LANES = 16
MAX_BATCH = 512

f4, i4, u4, u8 = np.float32, np.int32, np.uint32, np.uint64


@dataclass(frozen=True, slots=True)
class Curve:
    """How closeness falls off with distance in the picture: 1 / (1 + a d^(2b))."""

    a: float
    b: float

    @classmethod
    def fitted(cls, *, min_dist: float, spread: float) -> "Curve":
        """Fit the curve that is 1 up to `min_dist` and falls off exponentially with `spread` beyond."""
        distance = np.linspace(0, 3 * spread, 300)
        wanted = np.where(distance < min_dist, 1.0, np.exp(-(distance - min_dist) / spread))

        def closeness(d: npt.NDArray[np.float64], a: float, b: float) -> npt.NDArray[np.float64]:
            return 1 / (1 + a * d ** (2 * b))

        (a, b), _ = optimize.curve_fit(closeness, distance, wanted)
        return cls(float(a), float(b))


def automatic_epochs(n: int) -> int:
    """Give the number of epochs for `n` points when nobody says: that of umap-learn."""
    return 500 if n <= 10_000 else 200


def descend(
    graph: sparse.csr_matrix, start: Matrix, *, curve: Curve, n_epochs: int, seed: int, blocks: int
) -> Iterator[tuple[int, Matrix]]:
    """Lay points out from `start`, and give the positions after each of about `blocks` equal parts.

    The result depends on the arguments alone, and not on `blocks`.

    Parameters
    ----------
    graph
        [shape=(n, n)] From `graph.fuzzy_graph`, its rows in random order.
    start
        [shape=(n, n_components), float32]

    Yields
    ------
    Epochs done so far, and positions [shape=(n, n_components), float32].
    """
    n, n_components = start.shape
    edges = graph.tocoo()
    # An edge too weak to be due even once is left out.
    due = edges.data >= edges.data.max(initial=0) / n_epochs
    order = np.random.default_rng(seed).permutation(np.flatnonzero(due))
    heads, tails, weights = edges.row[order], edges.col[order], edges.data[order].astype(np.float64)
    chances = np.minimum(weights / weights.max(initial=1e-30) * 2**32, 2**32 - 1).astype(np.uint32)
    # The first points stand once more behind the last, so that a run of points may begin anywhere.
    points = start[np.arange(n + LANES) % n].T.ravel()
    # For few points, batches are small: no point should be moved from a place that it has long left.
    batch = int(np.clip(n // (4 * LANES) * LANES, LANES, MAX_BATCH))
    epochs = _compiled_epochs(n_components)
    ends = np.unique(np.linspace(0, n_epochs, blocks + 1).astype(int))
    for first, last in pairwise(ends):
        epochs(points, heads, tails, chances, first, last, n_epochs, curve.a, curve.b, seed, batch)
        yield int(last), points.reshape(n_components, -1)[:, :n].T.copy()


@compiled_inline
def power(x: Any, exponent: Any) -> Any:
    """Raise positive, normal float32 numbers to a power; the relative error is below 1e-4 for exponents to 2.

    log2 and exp2 by polynomials (least-maximum fits on [1, 2] and [-½, ½]) between the parts of the number.
    """
    # Every whole number is cast after every step: numba would go on in 64 bits, which do not vectorise.
    bits: Any = float_to_bits(x)
    mantissa = bits_to_float(i4(i4(bits & i4(0x007FFFFF)) | i4(0x3F800000)))
    log2 = f4(i4(i4(bits >> i4(23)) - i4(127))) + (
        f4(-2.79415368)
        + mantissa
        * (
            f4(5.06975632)
            + mantissa
            * (
                f4(-3.52021884)
                + mantissa * (f4(1.61017755) + mantissa * (f4(-0.40947559) + mantissa * f4(0.04392863)))
            )
        )
    )
    scaled = max(f4(-126), min(f4(126), log2 * exponent))
    # Shifted to be positive, so that the truncation of the conversion rounds to the nearest whole.
    whole = i4(i4(scaled + f4(256.5)) - i4(256))
    rest = scaled - f4(whole)
    exp2 = f4(1.00000008) + rest * (
        f4(0.69312103) + rest * (f4(0.24022107) + rest * (f4(0.05592204) + rest * f4(0.00967604)))
    )
    return exp2 * bits_to_float(i4(i4(whole + i4(127)) << i4(23)))


@lru_cache
def _compiled_epochs(n_components: int) -> Callable[..., None]:
    """Build the loop for one number of dimensions, which the compiler must know to unroll it."""
    dimensions, pitch = n_components, MAX_BATCH
    lanes, negatives = LANES, NEGATIVE_SAMPLES
    tails_at, head_moves_at, tail_moves_at = (
        dimensions * pitch,
        2 * dimensions * pitch,
        3 * dimensions * pitch,
    )
    most, softening, tiny, one = f4(4), f4(1e-3), f4(1e-12), f4(1)

    # The loops over dimensions are functions of their own, because a counter that outlives its loop keeps the
    # loop around it from being vectorised.
    @compiled_inline
    def squared_distance(scratch: Matrix, at: Any, others: Matrix, other_at: Any, other_pitch: Any) -> Any:
        total = tiny
        for d in range(dimensions):
            apart = scratch[u8(d * pitch) + at] - others[u8(d) * other_pitch + other_at]
            total += apart * apart
        return total

    @compiled_inline
    def pull(scratch: Matrix, at: Any, strength: Any, rate: Any) -> None:
        for d in range(dimensions):
            apart = scratch[u8(d * pitch) + at] - scratch[u8(tails_at + d * pitch) + at]
            move = rate * min(most, max(-most, strength * apart))
            scratch[u8(head_moves_at + d * pitch) + at] = move
            scratch[u8(tail_moves_at + d * pitch) + at] = move

    @compiled_inline
    def push(
        scratch: Matrix, at: Any, points: Matrix, other_at: Any, other_pitch: Any, strength: Any, rate: Any
    ) -> None:
        for d in range(dimensions):
            apart = scratch[u8(d * pitch) + at] - points[u8(d) * other_pitch + other_at]
            move = rate * min(most, max(-most, strength * apart))
            scratch[u8(head_moves_at + d * pitch) + at] += move

    @compiled
    def epochs(
        points: Matrix,
        heads: npt.NDArray[np.int32],
        tails: npt.NDArray[np.int32],
        chances: npt.NDArray[np.uint32],
        first_epoch: int,
        last_epoch: int,
        n_epochs: int,
        curve_a: float,
        curve_b: float,
        seed: int,
        batch: int,
    ) -> None:
        a, b = f4(curve_a), f4(curve_b)
        attraction, repulsion = f4(-2 * curve_a * curve_b), f4(2 * curve_b)
        row = u8(points.shape[0] // dimensions)
        n = row - u8(lanes)
        n_edges = heads.shape[0]
        # Coordinates of the batch's heads and tails, then their moves, in one array at distances that the
        # compiler knows: it then sees that they do not overlap.
        scratch = np.zeros(4 * dimensions * pitch, np.float32)
        due = np.zeros(batch + 1, np.int64)
        for epoch in range(first_epoch, last_epoch):
            rate = f4(1 - epoch / n_epochs)
            state = (u8(seed) + u8(1)) * u8(0x9E3779B97F4A7C15) + u8(epoch) * u8(0xBF58476D1CE4E5B9)
            state = (state ^ (state >> u8(30))) * u8(0x94D049BB133111EB)
            state = (state ^ (state >> u8(31))) | u8(1)
            turn = u4(epoch + 1)
            edge = 0
            while edge < n_edges:
                count = u8(0)
                while edge < n_edges and count < u8(batch):
                    # The edge's phase advances by its chance each epoch; it is due when that wraps around.
                    chance = chances[u8(edge)]
                    phase = u4(u4(edge) * u4(0x9E3779B1) + chance * turn)
                    due[count] = edge
                    count += u8(phase < chance)
                    edge += 1
                for k in range(count):
                    head, tail = u8(heads[u8(due[k])]), u8(tails[u8(due[k])])
                    for d in range(dimensions):
                        scratch[u8(d * pitch) + k] = points[u8(d) * row + head]
                        scratch[u8(tails_at + d * pitch) + k] = points[u8(d) * row + tail]
                for block in range((np.int64(count) + lanes - 1) // lanes):
                    first = u8(block * lanes)
                    for j in range(lanes):
                        at = first + u8(j)
                        squared = squared_distance(scratch, at, scratch, u8(tails_at) + at, u8(pitch))
                        raised = power(squared, b)
                        pull(scratch, at, attraction * raised / (squared * (a * raised + one)), rate)
                    for _ in range(negatives):
                        state ^= state << u8(13)
                        state ^= state >> u8(7)
                        state ^= state << u8(17)
                        run = ((state >> u8(32)) * n) >> u8(32)
                        for j in range(lanes):
                            at, other_at = first + u8(j), run + u8(j)
                            squared = squared_distance(scratch, at, points, other_at, row)
                            strength = repulsion / ((softening + squared) * (a * power(squared, b) + one))
                            push(scratch, at, points, other_at, row, strength, rate)
                for k in range(count):
                    head, tail = u8(heads[u8(due[k])]), u8(tails[u8(due[k])])
                    for d in range(dimensions):
                        points[u8(d) * row + head] += scratch[u8(head_moves_at + d * pitch) + k]
                        points[u8(d) * row + tail] -= scratch[u8(tail_moves_at + d * pitch) + k]
                for j in range(lanes):
                    for d in range(dimensions):
                        points[u8(d) * row + n + u8(j)] = points[u8(d) * row + u8(j) % n]

    return epochs
