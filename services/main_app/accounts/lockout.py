"""The answer to whoever has tried too many passwords."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from services.main_app.api.errors import error_response


def answer(request: HttpRequest, *_: object) -> HttpResponseBase:
    """Give the answer that django-axes sends in the place of the login's own."""
    wait_s = int(settings.AXES_COOLOFF_TIME.total_seconds())
    response = error_response(
        429, "locked_out", f"Too many wrong passwords. Try again in {wait_s // 60} minutes."
    )
    response["Retry-After"] = str(wait_s)
    return response
