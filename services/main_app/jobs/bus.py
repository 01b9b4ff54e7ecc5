"""Who main_app's processes are on the queue."""

from django.conf import settings

from shared.python.bus import BusSettings

MAIN_APP = "main_app"


def get_bus_settings() -> BusSettings:
    """Give the connection of this process; the URL comes from Django's settings."""
    servers = tuple(url.strip() for url in settings.NATS_URL.split(",") if url.strip())
    return BusSettings(servers=servers, name=MAIN_APP)
