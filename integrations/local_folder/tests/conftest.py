import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

pytest.register_assert_rewrite(
    "integrations.core.conformance.reading", "integrations.core.conformance.changing"
)

NOBODY = 65534
T = TypeVar("T")


@pytest.fixture
def shared_path() -> Iterator[Path]:
    """Give a folder that other accounts can reach too: pytest's own are closed to them."""
    folder = Path(tempfile.mkdtemp(prefix="tonotope-"))
    folder.chmod(0o755)
    yield folder
    for inner, _, _ in os.walk(folder):
        os.chmod(inner, 0o700)
    shutil.rmtree(folder)


@pytest.fixture
def as_nobody() -> Callable[[Callable[[], T]], T]:
    """Run a function in a child process without privileges: to root, nothing is closed."""

    def run(function: Callable[[], T]) -> T:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                if os.geteuid() == 0:
                    os.setgroups([])
                    os.setgid(NOBODY)
                    os.setuid(NOBODY)
                answer: object = function()
            except BaseException as error:  # noqa: BLE001  the parent raises it
                answer = error
            os.write(writer, pickle.dumps(answer))
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            answer = pickle.loads(pipe.read())  # noqa: S301  our own bytes
        os.waitpid(child, 0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    return run
