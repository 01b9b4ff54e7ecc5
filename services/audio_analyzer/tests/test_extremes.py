import numpy as np
import pytest

from services.audio_analyzer.extremes import energies, energy, largest


@pytest.mark.parametrize("n", [1, 7, 64, 1000])
def test_the_largest_is_that_of_numpy(n):
    values = np.random.default_rng(n).normal(0, 1, n).astype(np.float32)
    assert largest(values) == np.abs(values).max()
    assert largest(values[: n // 2]) == np.abs(values[: n // 2]).max(initial=0)


def test_what_is_no_number_is_larger_than_all():
    values = np.array([1, np.nan, 3], np.float32)
    assert np.isnan(largest(values))
    values[1] = -np.inf
    assert largest(values) == np.inf


def test_energies_are_sums_of_squares_of_whole_steps():
    samples = np.random.default_rng(0).normal(0, 1, 1000).astype(np.float32)
    squares = samples.astype(float) ** 2
    assert energy(samples) == pytest.approx(squares.sum(), rel=1e-12)
    np.testing.assert_allclose(energies(samples, 64), squares[:960].reshape(15, 64).sum(axis=1), rtol=1e-12)
