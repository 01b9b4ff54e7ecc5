import pytest
from django.db import connection, connections

from services.main_app.jobs.database import in_database, keep_connections


@pytest.fixture
def restored_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONN_MAX_AGE", "CONN_HEALTH_CHECKS"):
        monkeypatch.setitem(connections.settings["default"], name, connections.settings["default"][name])


def driver_connection() -> object:
    connection.ensure_connection()
    return connection.connection


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("restored_settings")
class TestConnections:
    async def test_live_for_one_use_where_nobody_asks_to_keep_them(self):
        assert await in_database(driver_connection) is not await in_database(driver_connection)

    async def test_are_kept_for_all_uses(self):
        keep_connections()
        await in_database(lambda: connection.close())  # noqa: PLW0108  looked up in its own thread
        assert await in_database(driver_connection) is await in_database(driver_connection)
