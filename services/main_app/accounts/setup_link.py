"""The link under which the owner of a new server is made: valid for an hour, and only until there is one.

It needs no script and nothing of the web app.
"""

from django.conf import settings
from django.contrib.auth import authenticate, login
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.utils.html import format_html

from services.main_app.accounts.owner import owner_exists, set_owner
from shared.python.errors import ConfigError

_SALT = "tonotope.setup"
_VALID_S = 3600
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Tonotope: make the owner</title>
<h1>Make the owner</h1>
<p>{problem}</p>
<form method="post">
<input type="hidden" name="csrfmiddlewaretoken" value="{csrf_token}">
<p><label>Name <input name="username" value="owner" required autocomplete="username"></label></p>
<p><label>Password, at least 10 characters
<input name="password" type="password" required minlength="10" autocomplete="new-password"></label></p>
<p><button>Make the owner and sign in</button></p>
</form>
</html>
"""


def new_setup_link(*, host: str, port: int) -> str:
    """Give a link to `setup`, under the name by which others reach this server, as far as we know it."""
    names = [name for name in settings.ALLOWED_HOSTS[3:] if name not in ("*", "")]
    name = names[0].lstrip(".") if names else host
    scheme = "https" if settings.SECURE else "http"
    return f"{scheme}://{name}:{port}/setup?token={signing.dumps('owner', salt=_SALT)}"


def setup(request: HttpRequest) -> HttpResponse:
    """Ask for the owner's name and password, make the owner, and sign in."""
    try:
        signing.loads(request.GET.get("token", ""), salt=_SALT, max_age=_VALID_S)
    except signing.BadSignature:
        return HttpResponse(
            "This link is not valid, or not any more.\n", status=403, content_type="text/plain"
        )
    if owner_exists():
        return HttpResponse("There is an owner already.\n", status=403, content_type="text/plain")
    if request.method != "POST":
        return _page(request)
    username, password = request.POST.get("username", ""), request.POST.get("password", "")
    try:
        set_owner(username, password=password)
    except ConfigError as error:
        return _page(request, problem=error.message, status=400)
    login(request, authenticate(request, username=username, password=password))
    return HttpResponseRedirect("/")


def _page(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    page = format_html(_PAGE, problem=problem, csrf_token=get_token(request))
    response = HttpResponse(page, status=status)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"  # the address holds the token
    return response
