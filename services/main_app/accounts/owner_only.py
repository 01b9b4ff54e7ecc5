"""Lets only the owner in, unless the server can be reached from this machine alone."""

import hmac
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from services.main_app.accounts.paths import is_owners
from services.main_app.api.errors import error_response


class OwnerOnlyMiddleware(MiddlewareMixin):
    """Refuses by default: a new API route is closed to strangers without anybody thinking of it."""

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponseBase],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        if not is_owners(request.path) or is_owner(request) or _is_prometheus(request):
            return None
        return error_response(401, "signed_out", "Sign in first.")


def is_owner(request: HttpRequest) -> bool:
    """Whether a request comes from the one person whose sounds these are."""
    return bool(settings.LOOPBACK) or request.user.is_authenticated


def _is_prometheus(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "")
    expected = f"Bearer {settings.METRICS_TOKEN}"
    return (
        request.path == "/metrics"
        and bool(settings.METRICS_TOKEN)
        and hmac.compare_digest(given.encode(), expected.encode())
    )
