import numpy as np
import pytest
from threadpoolctl import threadpool_info

from services.umap_service.threads import available_threads, run_all, single_threaded_products


def test_there_is_a_core() -> None:
    assert available_threads() >= 1


@pytest.mark.parametrize("threads", [1, 3])
def test_all_items_are_worked_on_with_single_threaded_products(threads: int) -> None:
    seen = np.zeros(20, int)

    def work(item: int) -> None:
        seen[item] = max(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")

    run_all(work, range(20), threads=threads)
    assert (seen == 1).all()


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_in_a_thread_is_raised(threads: int) -> None:
    def work(item: int) -> None:
        if item == 5:
            raise ValueError(f"item {item}")

    with pytest.raises(ValueError, match="item 5"):
        run_all(work, range(20), threads=threads)


def test_limits_end_with_the_block() -> None:
    def threads_of_blas() -> list[int]:
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    before = threads_of_blas()
    with single_threaded_products():
        assert set(threads_of_blas()) == {1}
    assert threads_of_blas() == before
