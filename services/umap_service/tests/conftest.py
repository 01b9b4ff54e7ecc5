"""Data with known neighbourhoods."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

Matrix = npt.NDArray[np.float32]


def _clustered(n: int, *, seed: int = 0, n_groups: int = 12, n_columns: int = 32) -> Matrix:
    rng = np.random.default_rng(seed)
    centers = rng.normal(0, 2.5, (n_groups, n_columns))
    inner = rng.normal(size=(n, 4)) @ rng.normal(size=(4, n_columns)) * 0.9
    return (centers[np.arange(n) % n_groups] + inner + rng.normal(0, 0.3, (n, n_columns))).astype(np.float32)


def _curved_sheet(n: int, *, seed: int = 0, n_columns: int = 32) -> Matrix:
    rng = np.random.default_rng(seed)
    inner = rng.uniform(-1, 1, (n, 5))
    flat, bent = rng.normal(size=(2, 5, n_columns))
    return (inner @ flat + np.sin(2.5 * inner) @ bent + rng.normal(0, 0.2, (n, n_columns))).astype(np.float32)


@pytest.fixture(scope="session")
def clustered() -> Callable[..., Matrix]:
    """Rows in `n_groups` groups, the group of row i being i modulo `n_groups`."""
    return _clustered


@pytest.fixture(scope="session")
def curved_sheet() -> Callable[..., Matrix]:
    """Rows on one bent five-dimensional sheet, in no groups."""
    return _curved_sheet
