"""Every error that the API answers with: ``{"code", "message"}`` and a fitting status."""

import logging

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from integrations.core.errors import RangeNotSatisfiableError, VersionMismatchError
from shared.python.errors import (
    ConfigError,
    ConflictError,
    CorruptError,
    DeniedError,
    LimitError,
    NotFoundError,
    RateLimitedError,
    TonotopeError,
    UnavailableError,
    UnsupportedError,
)

_STATUS: dict[type[TonotopeError], int] = {
    ConfigError: 400,
    DeniedError: 403,
    NotFoundError: 404,
    VersionMismatchError: 409,
    ConflictError: 409,
    LimitError: 413,
    UnsupportedError: 415,
    RangeNotSatisfiableError: 416,
    CorruptError: 422,
    RateLimitedError: 429,
    UnavailableError: 503,
}

log = logging.getLogger(__name__)


def error_response(status: int, code: str, message: str) -> JsonResponse:
    return JsonResponse({"code": code, "message": message}, status=status)


def translate(error: TonotopeError) -> JsonResponse:
    """Give the answer that tells of an error."""
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)
    if status == 500:
        log.error("an error without a status of its own", exc_info=error)
    response = error_response(status, error.code, error.message)
    if isinstance(error, RateLimitedError):
        response["Retry-After"] = str(max(1, round(error.retry_after_s)))
    if isinstance(error, RangeNotSatisfiableError):
        response["Content-Range"] = f"bytes */{error.size_bytes}"
    return response


def add_error_handlers(api: NinjaAPI) -> None:
    """Make `api` answer all errors in the one form."""

    @api.exception_handler(TonotopeError)
    def on_ours(request: HttpRequest, error: TonotopeError) -> HttpResponse:
        return translate(error)

    @api.exception_handler(ValidationError)
    def on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        reasons = (f"{'.'.join(str(part) for part in e['loc'][1:])}: {e['msg']}" for e in error.errors)
        return error_response(422, "invalid_request", "; ".join(reasons))

    @api.exception_handler(HttpError)
    def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
        return error_response(error.status_code, "invalid_request", str(error))

    @api.exception_handler(Http404)
    def on_missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return missing(request)

    @api.exception_handler(Exception)
    def on_unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
        log.error("%s %s failed", request.method, request.path, exc_info=error)
        return broken(request)


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_response(404, "not_found", f"There is nothing at {request.path}.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(400, "bad_request", "This request makes no sense to the server.")


def broken(request: HttpRequest) -> HttpResponse:
    return error_response(500, "internal", "Something went wrong here; the server's log says what.")


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_response(403, "csrf", f"{reason or 'The X-CSRFToken header is missing.'} Reload the page.")
