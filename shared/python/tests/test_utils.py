from hypothesis import given
from hypothesis import strategies as st

from shared.python.utils import batched, stable_hash


def test_the_order_of_keys_does_not_matter() -> None:
    assert stable_hash({"a": 1, "b": {"c": 2, "d": 3}}) == stable_hash({"b": {"d": 3, "c": 2}, "a": 1})
    assert stable_hash({"a": 1}) != stable_hash({"a": 2})


@given(st.lists(st.integers()), st.integers(min_value=1, max_value=10))
def test_batches_hold_everything_in_order(items: list[int], size: int) -> None:
    runs = list(batched(items, size))
    assert [item for run in runs for item in run] == items
    assert all(len(run) == size for run in runs[:-1])
