import numpy as np
import pytest
from scipy.ndimage import median_filter

from services.audio_analyzer.medians import medians_along_rows, sliding_medians


@pytest.mark.parametrize(("n", "pitch"), [(16, 8), (32, 64), (128, 1032)])
def test_medians_are_those_of_scipy(n, pitch):
    rows = np.random.default_rng(0).random((n + 30, pitch), np.float32)
    medians = np.empty((n, pitch), np.float32)
    medians_along_rows(rows.reshape(-1), 0, pitch, n, medians.reshape(-1))
    np.testing.assert_array_equal(medians, median_filter(rows, (31, 1))[15:-15])


def test_rows_may_begin_further_on():
    rows = np.random.default_rng(0).random((50, 8), np.float32)
    medians = np.empty((16, 8), np.float32)
    medians_along_rows(rows.reshape(-1), 4 * 8, 8, 16, medians.reshape(-1))
    np.testing.assert_array_equal(medians, median_filter(rows, (31, 1))[19:35])


def test_the_network_selects_medians_of_any_order_and_of_equal_values():
    rng = np.random.default_rng(0)
    for values in (range(46), range(46, 0, -1), [1] * 46, *rng.integers(0, 9, (50, 46)).tolist()):
        medians = list(sliding_medians(list(values), lambda a, b: (min(a, b), max(a, b))))
        assert medians == [sorted(values[i : i + 31])[15] for i in range(16)]
