import numpy as np
import pytest

from services.audio_analyzer.growing import GrowingArray


@pytest.mark.parametrize("row_shape", [(), (3,)])
def test_rows_stay_as_they_came_through_all_growth(row_shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    blocks = [rng.normal(size=(n, *row_shape)).astype(np.float32) for n in (0, 1, 127, 1, 1000, 3, 5000)]
    kept = GrowingArray(row_shape)
    for block in blocks:
        kept.append(block)
    assert len(kept) == sum(map(len, blocks))
    np.testing.assert_array_equal(kept.rows(), np.concatenate(blocks))


def test_an_array_keeps_its_type() -> None:
    kept = GrowingArray(dtype=np.int16)
    kept.append(np.arange(300))
    assert kept.rows().dtype == np.int16
    assert kept.rows()[299] == 299


def test_nothing_is_an_empty_array() -> None:
    assert GrowingArray((2,)).rows().shape == (0, 2)
