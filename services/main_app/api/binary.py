"""Answers that are bytes: with an ETag, and kept by browsers for as long as they stay true."""

from django.http import HttpRequest, HttpResponse

_FOR_EVER = "private, max-age=31536000, immutable"
_ASK_AGAIN = "private, no-cache"


def binary_response(
    request: HttpRequest,
    content: bytes,
    *,
    content_type: str,
    etag: str | None = None,
    immutable: bool = False,
    is_gzipped: bool = False,
) -> HttpResponse:
    """Give an answer that browsers keep."""
    response = HttpResponse(content, content_type=content_type)
    if is_gzipped:
        response["Content-Encoding"] = "gzip"
    return _kept(response, etag=etag, immutable=immutable)


def unchanged_response(request: HttpRequest, *, etag: str, immutable: bool) -> HttpResponse | None:
    """Give the answer "as before", when what the browser has is still true."""
    if f'"{etag}"' not in request.headers.get("If-None-Match", ""):
        return None
    return _kept(HttpResponse(status=304), etag=etag, immutable=immutable)


def accepts_gzip(request: HttpRequest) -> bool:
    return "gzip" in request.headers.get("Accept-Encoding", "")


def _kept(response: HttpResponse, *, etag: str | None, immutable: bool) -> HttpResponse:
    response["Cache-Control"] = _FOR_EVER if immutable else _ASK_AGAIN
    response["Vary"] = "Accept, Accept-Encoding, Cookie"
    if etag is not None:
        response["ETag"] = f'"{etag}"'
    return response
