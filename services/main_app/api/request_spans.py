"""One span for each request, in the trace of whoever asked where that is told."""

from collections.abc import Awaitable, Callable

from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import async_only_middleware

from shared.python.tracing import SpanKind, is_on, span

GetResponse = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@async_only_middleware
def trace_requests(get_response: GetResponse) -> GetResponse:
    """Wrap a request in a span; the outermost middleware."""
    if not is_on():
        raise MiddlewareNotUsed

    async def traced(request: HttpRequest) -> HttpResponseBase:
        method = request.method or "GET"
        parent = request.headers.get("traceparent")
        with span(
            method, SpanKind.SERVER, parent=parent, http__request__method=method, url__path=request.path
        ) as open_span:
            response = await get_response(request)
            # Known only now, and better than the path: it has no ids in it.
            if request.resolver_match is not None:
                open_span.update_name(f"{method} /{request.resolver_match.route}")
                open_span.set_attribute("http.route", f"/{request.resolver_match.route}")
            open_span.set_attribute("http.response.status_code", response.status_code)
            if response.status_code >= 500:
                open_span.set_attribute("error.type", str(response.status_code))
            return response

    return traced
