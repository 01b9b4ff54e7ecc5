"""What every request passes first: is it meant for us, and does it come from where it may?

- Our name: a page elsewhere can point its own name at 127.0.0.1 (DNS rebinding); we answer to ours only.
- No proxy in loopback mode: it would let strangers in where there is no login.
- Our own pages: a browser says where a request comes from; the API answers only what our pages ask.
"""

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from services.main_app.accounts.paths import is_data, is_health
from services.main_app.api.errors import error_response

_PROXY_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")
_OWN_SITES = ("same-origin", "none")  # "none": typed into the address bar
_PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class FrontDoorMiddleware(MiddlewareMixin):
    """Refuses what is not meant for us, and tells browsers to keep our answers to our own pages."""

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        for check in (_check_host, _check_proxy, _check_site):
            refusal = check(request)
            if refusal is not None:
                return refusal
        return None

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
        if isinstance(response, HttpResponse) and response.status_code != 304:
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return response


def _check_host(request: HttpRequest) -> HttpResponseBase | None:
    if is_health(request.path):
        return None  # asked by orchestrators under the pod's address; tells strangers no more than "ready"
    try:
        request.get_host()
    except DisallowedHost:
        name = request.META.get("HTTP_HOST", "")
        return error_response(
            400, "unknown_host", f"This server does not answer to {name!r}. Its names are in ALLOWED_HOSTS."
        )
    return None


def _check_proxy(request: HttpRequest) -> HttpResponseBase | None:
    if not settings.LOOPBACK or is_health(request.path):
        return None
    header = next((name for name in _PROXY_HEADERS if name in request.headers), None)
    if header is None:
        return None
    return error_response(
        403,
        "proxied",
        f"This came through a proxy (it has the header {header}), but without a login only people at this "
        "machine may come in. Put the public name into ALLOWED_HOSTS: then people have to sign in.",
    )


def _check_site(request: HttpRequest) -> HttpResponseBase | None:
    site = request.headers.get("Sec-Fetch-Site")
    if site is None or site in _OWN_SITES:
        return None
    if is_data(request.path) or request.method not in ("GET", "HEAD"):
        return error_response(403, "cross_site", "Another site's page may not ask for this.")
    return None  # a link to our pages
