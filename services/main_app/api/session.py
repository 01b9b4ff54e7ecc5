"""Who is asking: signing in and out."""

from importlib.metadata import version

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest
from django.middleware.csrf import get_token
from ninja import Router
from ninja.responses import Status

from services.main_app.accounts.owner_only import is_owner
from services.main_app.api.schemas import ErrorOut, SessionIn, SessionOut

router = Router(tags=["session"])


@router.get("", response=SessionOut)
def get_session(request: HttpRequest) -> SessionOut:
    """Tell who is asking, and the token that requests which change something must carry."""
    return _describe(request)


@router.post("", response={200: SessionOut, 401: ErrorOut, 429: ErrorOut})
def sign_in(request: HttpRequest, credentials: SessionIn) -> SessionOut | Status[ErrorOut]:
    """Sign in. After five wrong passwords the address is locked out for a while (429)."""
    user = authenticate(request, username=credentials.username, password=credentials.password)
    if user is None:
        return Status(401, ErrorOut(code="wrong_password", message="This name and password do not fit."))
    login(request, user)
    return _describe(request)


@router.delete("", response=SessionOut)
def sign_out(request: HttpRequest) -> SessionOut:
    """Sign out."""
    logout(request)
    return _describe(request)


def _describe(request: HttpRequest) -> SessionOut:
    return SessionOut(
        authenticated=is_owner(request),
        username=request.user.get_username() or None,
        loopback=settings.LOOPBACK,
        csrf_token=get_token(request),
        version=version("tonotope-main-app"),
    )
