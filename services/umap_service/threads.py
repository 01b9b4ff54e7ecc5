"""Work on several cores, with results that do not depend on how many.

Every matrix product runs on one thread, because BLAS adds in another order when it uses more; what runs side
by side are whole pieces of work of fixed size.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]


def available_threads() -> int:
    """Give the number of cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def single_threaded_products() -> AbstractContextManager[object]:
    """Keep every matrix product on the thread that asks for it, as long as the block lasts."""
    limits: AbstractContextManager[object] = threadpool_limits(limits=1, user_api="blas")
    return limits


def run_all(work: Callable[[int], None], items: Iterable[int], *, threads: int) -> None:
    """Do the work for every item, on up to `threads` threads; the first error ends it and is raised."""
    with single_threaded_products():
        if threads == 1:
            for item in items:
                work(item)
            return
        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(work, items):
                pass
