"""What every integration has to do, as tests that its own test classes inherit.

::

    ReadingConformance       what can be seen of a source that one may only read
    └── ChangingConformance  ... and what happens when the source changes meanwhile: needs a `World`

An integration's ``tests/test_conformance.py`` names the suite, gives it a fixture, and says nothing else::

    class TestMyProvider(ChangingConformance):
        @pytest.fixture
        def world(self, tmp_path):
            return MyWorld(tmp_path)

Nothing else in this part imports pytest, and the running system never imports this package.
"""

from integrations.core.conformance.changing import ChangingConformance, World
from integrations.core.conformance.reading import ReadingConformance

__all__ = ["ChangingConformance", "ReadingConformance", "World"]
