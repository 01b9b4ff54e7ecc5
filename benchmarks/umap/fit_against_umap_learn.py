"""How much faster a warm fit is than umap-learn's, and at which quality.

    python benchmarks/umap/fit_against_umap_learn.py [--rounds N] [--sizes N…]

Both programs run in this process, one after the other in each round, with one thread, after a first fit that
compiles. Times are CPU seconds, which a busy machine disturbs least; ratios of medians are what to look at.
Two kinds of data: `clustered` (30 bent groups) and `sheet` (one bent 12-dimensional sheet without groups).
"""

import argparse
from collections.abc import Callable
from statistics import median
from time import process_time

import numba
import numpy as np
import numpy.typing as npt
from umap import UMAP

from services.umap_service.engine import fit_layout
from services.umap_service.neighbours import nearest_neighbours
from services.umap_service.parameters import LayoutParameters
from services.umap_service.threads import single_threaded_products

Matrix = npt.NDArray[np.float32]
N_COLUMNS = 64
K = 15
N_QUALITY_ROWS = 1000


def clustered(n: int) -> Matrix:
    rng = np.random.default_rng(0)
    group = rng.choice(30, n, p=rng.dirichlet(np.full(30, 2.0)))
    rows = rng.normal(0, 1.6, (30, N_COLUMNS))[group] + rng.normal(0, 0.25, (n, N_COLUMNS))
    for each in range(30):
        inside = group == each
        rows[inside] += bent(rng, int(inside.sum()), n_inner=4) * 0.9
    return rows.astype(np.float32)


def sheet(n: int) -> Matrix:
    rng = np.random.default_rng(0)
    return (bent(rng, n, n_inner=12) + rng.normal(0, 0.25, (n, N_COLUMNS))).astype(np.float32)


def bent(rng: np.random.Generator, n: int, *, n_inner: int) -> npt.NDArray[np.float64]:
    inner = rng.uniform(-1, 1, (n, n_inner))
    flat, wavy = rng.normal(size=(2, n_inner, N_COLUMNS))
    return inner @ flat + np.sin(2.5 * inner) @ wavy


def quality(matrix: Matrix, layout: Matrix) -> tuple[float, float]:
    """Give trustworthiness and neighbour preservation at 15, both of a sample of rows against all."""
    n = len(matrix)
    sample = np.random.default_rng(1).choice(n, min(n, N_QUALITY_ROWS), replace=False)
    true = nearest_neighbours(matrix, k=K).indices[sample]
    shown = nearest_neighbours(np.ascontiguousarray(layout, np.float32), k=K).indices[sample]
    preserved = np.mean([len(set(a) & set(b)) / K for a, b in zip(true, shown, strict=True)])
    intruders = 0
    for row, near in zip(sample, shown, strict=True):
        distance = ((matrix - matrix[row]) ** 2).sum(axis=1)
        distance[row] = -1
        rank = (distance[None, :] < distance[near][:, None]).sum(axis=1)
        intruders += np.maximum(0, rank - K).sum()
    trust = 1 - 2 * intruders / (len(sample) * K * (2 * n - 3 * K - 1))
    return float(trust), float(preserved)


def cpu_seconds(fit: Callable[[], Matrix]) -> tuple[float, Matrix]:
    began = process_time()
    layout = fit()
    return process_time() - began, layout


def compare(name: str, matrix: Matrix, rounds: int) -> None:
    seconds: dict[str, list[float]] = {"umap-learn": [], "ours": []}
    qualities: dict[str, list[tuple[float, float]]] = {"umap-learn": [], "ours": []}
    for seed in range(rounds):
        fits: dict[str, Callable[[], Matrix]] = {
            "umap-learn": lambda seed=seed: UMAP(random_state=seed, n_jobs=1).fit_transform(matrix),
            "ours": lambda seed=seed: (
                fit_layout(matrix, LayoutParameters(scale="none", seed=seed, threads=1)).coordinates
            ),
        }
        for program, fit in fits.items():
            spent, layout = cpu_seconds(fit)
            seconds[program].append(spent)
            qualities[program].append(quality(matrix, layout))
    theirs, ours = median(seconds["umap-learn"]), median(seconds["ours"])
    print(
        f"{name:10s} {len(matrix):6d} x {N_COLUMNS}: {theirs:7.2f} s / {ours:6.2f} s = {theirs / ours:5.1f}x",
        end="   ",
    )
    for program, values in qualities.items():
        trust, preserved = np.mean(values, axis=0)
        print(f"{program}: trust {trust:.4f} preserved {preserved:.4f}", end="   ")
    print(flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+", default=[2_000, 10_000])
    options = parser.parse_args()
    numba.set_num_threads(1)
    with single_threaded_products():
        compare_all(options.sizes, options.rounds)


def compare_all(sizes: list[int], rounds: int) -> None:
    for n in (500, 4_500):
        # umap-learn has two ways to find neighbours, for few rows and for many: both are compiled here.
        UMAP(random_state=0, n_jobs=1, n_epochs=5).fit(clustered(n))
    fit_layout(clustered(500), LayoutParameters(n_epochs=5, threads=1))
    for n in sizes:
        for data in (clustered, sheet):
            compare(data.__name__, data(n), rounds)


if __name__ == "__main__":
    main()
