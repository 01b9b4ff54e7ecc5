from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.python.testing import QueueServer


@pytest.fixture
def queue_server(tmp_path: Path) -> Iterator[QueueServer]:
    server = QueueServer(tmp_path)
    server.start()
    yield server
    server.stop()
