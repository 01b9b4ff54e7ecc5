import numpy as np
import pytest

from services.umap_service.matrix import Standardiser, checked_matrix
from shared.python.errors import CorruptError


def test_checked_matrix_takes_any_real_numbers() -> None:
    for kind in (np.float64, np.float16, np.int64, np.uint8, bool):
        matrix = checked_matrix(np.ones((3, 2), kind))
        assert matrix.dtype == np.float32
        assert matrix.flags.c_contiguous


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_checked_matrix_names_the_first_row_that_is_not_finite(value: float) -> None:
    array = np.zeros((20, 5))
    array[13, 2] = array[17, 1] = value
    with pytest.raises(CorruptError, match=r"row 13 .* column 2"):
        checked_matrix(array)


def test_checked_matrix_refuses_rows_too_long_for_distances() -> None:
    with pytest.raises(CorruptError, match=r"row 1 .* too large"):
        checked_matrix(np.array([[1.0, 1.0], [1e30, 1.0]]))
    with pytest.raises(CorruptError, match="row 0 "):
        checked_matrix(np.full((1, 2), 1e300))


@pytest.mark.parametrize("shape", [(3,), (), (2, 2, 2), (4, 0)])
def test_checked_matrix_refuses_other_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(CorruptError):
        checked_matrix(np.zeros(shape))


def test_checked_matrix_refuses_what_is_no_real_number() -> None:
    for array in (np.zeros((2, 2), complex), np.array([["a", "b"]])):
        with pytest.raises(CorruptError, match="real numbers"):
            checked_matrix(array)


def test_standardiser_gives_columns_of_any_scale_the_same_weight() -> None:
    normal = np.random.default_rng(0).normal(size=(5000, 3))
    scaled = Standardiser.from_rows(rows := checked_matrix(normal * [1e-3, 1, 1e4] + [5, 0, -7e4])).apply(
        rows
    )
    np.testing.assert_allclose(np.median(scaled, axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=0.05)


def test_standardiser_is_not_moved_by_freak_values() -> None:
    normal = np.random.default_rng(0).normal(size=(1000, 1)).astype(np.float32)
    freak = normal.copy()
    freak[:50] = 1e6
    plain, robust = (Standardiser.from_rows(rows).apply(rows) for rows in (normal, freak))
    assert np.abs(plain[50:] - robust[50:]).max() < 0.4
    assert np.abs(robust).max() <= 6


def test_standardiser_zeroes_constant_columns_and_columns_that_vary_by_rounding() -> None:
    rows = np.random.default_rng(0).normal(size=(100, 3)).astype(np.float32)
    rows[:, 1] = 3
    rows[:, 2] = 1e6 + 1e-2 * rows[:, 2]
    scaled = Standardiser.from_rows(rows).apply(rows)
    assert (scaled[:, 1:] == 0).all()
    assert scaled[:, 0].std() > 0.5


def test_standardiser_keeps_a_column_in_which_most_rows_are_alike() -> None:
    rows = np.zeros((100, 1), np.float32)
    rows[:10] = 1
    scaled = Standardiser.from_rows(rows).apply(rows)
    assert np.ptp(scaled) > 1


def test_standardiser_treats_new_rows_like_the_old_ones() -> None:
    rows = np.random.default_rng(0).normal(size=(100, 4)).astype(np.float32)
    standardiser = Standardiser.from_rows(rows)
    np.testing.assert_array_equal(standardiser.apply(rows[7:9]), standardiser.apply(rows)[7:9])


def test_standardiser_of_no_rows() -> None:
    empty = np.zeros((0, 3), np.float32)
    assert Standardiser.from_rows(empty).apply(empty).shape == (0, 3)
