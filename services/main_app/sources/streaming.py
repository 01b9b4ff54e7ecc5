"""Gives out the bytes of a source's files over HTTP: whole, or the part that a player asks for."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TypeVar

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from integrations.core.interface import Integration
from integrations.core.registry import open_integration
from services.main_app.sources.byte_ranges import parse_range
from services.main_app.sources.content_types import SNIFFED_BYTES, content_type
from services.main_app.sources.models import AudioFile
from shared.python.errors import NotFoundError

T = TypeVar("T")


class Original:
    """The bytes of one file in its source, to be iterated once and closed.

    It is read in a thread of its own, for a connection is for one thread. The file must be the one that was
    scanned: what has changed since has another sound.

    Raises
    ------
    NotFoundError, DeniedError, UnavailableError, VersionMismatchError
        By `open`, and while iterating when the source fails on the way.
    """

    def __init__(self, file: AudioFile) -> None:
        self._file = file
        self._resources = ExitStack()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="original")
        self._chunks: Iterator[bytes] = iter(())
        self._is_closed = False

    async def open(self, *, start: int, end: int) -> str:
        """Open the bytes from `start` to `end`, and give their media type."""
        try:
            return await self._in_thread(lambda: self._open(start=start, end=end))
        except BaseException:
            self.close()
            raise

    def _open(self, *, start: int, end: int) -> str:
        source, version = self._file.source, self._file.version or None
        integration = self._resources.enter_context(open_integration(source.provider, source.config))
        kind = sniff(integration, self._file)
        stream = integration.open(self._file.ref, start=start, end=end, if_version=version)
        self._chunks = iter(self._resources.enter_context(stream))
        return kind

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while chunk := await self._in_thread(lambda: next(self._chunks, b"")):
            yield chunk

    def close(self) -> None:
        """Let go of the file, whether it was read to the end or the listener has gone. May be repeated."""
        if not self._is_closed:
            self._is_closed = True
            self._thread.submit(self._resources.close)  # behind what the thread is at
        self._thread.shutdown(wait=False)

    async def _in_thread(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)


def sniff(integration: Integration, file: AudioFile) -> str:
    """Give the media type that a file's first bytes tell.

    Raises
    ------
    NotFoundError, DeniedError, UnavailableError, VersionMismatchError
    """
    with integration.open(file.ref, end=SNIFFED_BYTES, if_version=file.version or None) as stream:
        return content_type(stream.read())


def media_type(file: AudioFile) -> str:
    """Give the media type of a file, opening its source for it.

    Raises
    ------
    NotFoundError, DeniedError, UnavailableError, VersionMismatchError
    """
    with open_integration(file.source.provider, file.source.config) as integration:
        return sniff(integration, file)


async def stream_original(
    request: HttpRequest, file: AudioFile, *, as_download: bool = False
) -> HttpResponseBase:
    """Answer a request for a file's bytes, or for a range of them.

    Raises
    ------
    NotFoundError
        When the file is gone.
    RangeNotSatisfiableError
        When the range lies behind its end.
    DeniedError, UnavailableError, VersionMismatchError
    """
    if file.gone_at is not None:
        raise NotFoundError(f"{file.path} is not in its folder any more")
    etag = f'"{file.content_hash}"'
    if request.headers.get("If-None-Match") == etag:
        return _with_headers(HttpResponse(status=304), file, etag=etag, as_download=as_download)
    if_range = request.headers.get("If-Range")
    wanted = request.headers.get("Range") if if_range in (None, etag) else None
    part = parse_range(wanted, size_bytes=file.size_bytes)
    start, end = part or (0, file.size_bytes)
    original = Original(file)
    kind = await original.open(start=start, end=end)
    status = 200 if part is None else 206
    response: HttpResponseBase
    if request.method == "HEAD":
        original.close()
        response = HttpResponse(status=status, content_type=kind)
    else:
        response = StreamingHttpResponse(original, status=status, content_type=kind)
    response["Content-Length"] = str(end - start)
    if part is not None:
        response["Content-Range"] = f"bytes {start}-{end - 1}/{file.size_bytes}"
    return _with_headers(response, file, etag=etag, as_download=as_download)


def _with_headers(
    response: HttpResponseBase, file: AudioFile, *, etag: str, as_download: bool
) -> HttpResponseBase:
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, no-cache"
    if file.content_hash:
        response["ETag"] = etag
    disposition = content_disposition_header(as_download, file.name.replace("\r", "").replace("\n", ""))
    if disposition is not None:
        response["Content-Disposition"] = disposition
    return response
