"""The web application, as ASGI servers load it."""

import os
import signal
from types import FrameType

from django.core.asgi import get_asgi_application

from shared.python.telemetry import set_up_telemetry

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "services.main_app.settings")
set_up_telemetry("web")
application = get_asgi_application()

from services.main_app.api.event_hub import hub  # noqa: E402  Django's models are there only now


def _end_streams_first(number: int) -> None:
    """Before the server's own handler: it waits for all answers to end, and streams of events never would."""
    of_server = signal.getsignal(number)
    if not callable(of_server):
        return

    def handle(received: int, frame: FrameType | None) -> None:
        hub.close_soon()
        of_server(received, frame)

    signal.signal(number, handle)


for _number in (signal.SIGTERM, signal.SIGINT):
    _end_streams_first(_number)
