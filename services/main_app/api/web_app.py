"""Serves the built web app: its files, and index.html for every address that the app itself understands."""

import mimetypes
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from services.main_app.api.errors import missing

_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"}
_NOT_BUILT = "The web app is not built here; the API is at /api/v1/. See /readyz for what is missing.\n"


@require_safe
def serve(request: HttpRequest, path: str) -> HttpResponse:
    """Give the file at `path`; what is no file's name is a page of the app."""
    found = _find(path)
    if found is not None:
        return _send(request, found, is_immutable=path.startswith("assets/"))
    if "." in path.rpartition("/")[2]:
        return missing(request)  # a file that is not there; the app would be the wrong answer to its loader
    index = _find("index.html")
    if index is None:
        return HttpResponse(_NOT_BUILT, status=503, content_type="text/plain")
    return _send(request, index, is_immutable=False)


def _find(path: str) -> Path | None:
    root = Path(settings.WEB_APP_DIST).resolve()
    if "\0" in path:
        return None
    file = (root / path).resolve()
    return file if file.is_relative_to(root) and file.is_file() else None


def _send(request: HttpRequest, file: Path, *, is_immutable: bool) -> HttpResponse:
    found = file.stat()
    etag = f'"{found.st_mtime_ns:x}-{found.st_size:x}"'
    response = HttpResponse(status=304)
    if request.headers.get("If-None-Match", "").removeprefix("W/") != etag:
        encoding, sent = _smallest(request, file)
        response = HttpResponse(sent.read_bytes(), content_type=_content_type(file))
        if encoding:
            response["Content-Encoding"] = encoding
    response["ETag"] = etag
    response["Cache-Control"] = _FOR_EVER if is_immutable else _ASK_AGAIN
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _smallest(request: HttpRequest, file: Path) -> tuple[str, Path]:
    accepted = request.headers.get("Accept-Encoding", "")
    for encoding, suffix in _ENCODINGS:
        compressed = file.with_name(file.name + suffix)
        if encoding in accepted and compressed.is_file():
            return encoding, compressed
    return "", file


def _content_type(file: Path) -> str:
    kind = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
