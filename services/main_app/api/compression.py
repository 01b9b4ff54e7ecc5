"""Compresses answers that are text. Sounds are compressed already, and packed points keep their own."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

_TEXT = ("application/json", "text/")


class CompressionMiddleware(GZipMiddleware):
    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        # A stream is never compressed: an event that waits in a compressor's buffer comes too late.
        is_text = response.headers.get("Content-Type", "").startswith(_TEXT)
        if response.streaming or not is_text:
            return response
        return super().process_response(request, response)
