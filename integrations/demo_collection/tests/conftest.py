import pytest

pytest.register_assert_rewrite("integrations.core.conformance.reading")
