"""Who main_app's processes are on the queue."""

from django.conf import settings

from shared.python.bus_permissions import MAIN_APP as MAIN_APP
from shared.python.bus_settings import BusSettings


def get_bus_settings() -> BusSettings:
    """Give the connection of this process; the URL comes from Django's settings.

    Raises
    ------
    ConfigError
        When the URL, or a file with certificates that the environment names, cannot be used.
    """
    return BusSettings.from_environment(MAIN_APP, urls=settings.NATS_URL)
