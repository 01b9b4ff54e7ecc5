"""On a server that others can reach only the owner gets in."""

import json
import re

import pytest
from django.test import Client

from services.main_app.accounts.owner import set_owner
from services.main_app.api.root import api

PASSWORD = "a fine long password"
OPEN = {"/api/v1/session"}
PARAMETERS = {"descriptor": "brightness", "block": "0"}


def operations():
    for path, item in api.get_openapi_schema(path_prefix="/api/v1/")["paths"].items():
        concrete = re.sub(r"\{(\w+)\}", lambda match: PARAMETERS.get(match[1], "1"), path)
        for method in item:
            yield method, concrete


@pytest.fixture(autouse=True)
def server(settings, db):
    settings.LOOPBACK = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def owner():
    set_owner("owner", password=PASSWORD)


def sign_in(client, password=PASSWORD, **headers):
    return client.post(
        "/api/v1/session",
        {"username": "owner", "password": password},
        content_type="application/json",
        headers=headers,
    )


@pytest.mark.parametrize(("method", "path"), sorted(operations()))
def test_every_route_refuses_strangers(client, method, path):
    response = client.generic(method.upper(), path, b"{}", content_type="application/json")
    if path in OPEN:
        assert response.status_code != 403
    else:
        assert response.status_code == 401
        assert response.json()["code"] == "signed_out"


def test_the_routes_that_are_checked_are_all_there_are():
    assert len(set(operations())) >= 24


@pytest.mark.parametrize("path", ["/api/v1/openapi.json", "/metrics", "/api/v1/audio-files/1/audio", "/api/"])
def test_what_is_in_no_schema_refuses_strangers_too(client, path):
    assert client.get(path).status_code == 401
    assert client.head(path).status_code == 401


def test_the_owner_gets_in(client, owner):
    signed_in = sign_in(client)
    assert signed_in.status_code == 200
    assert signed_in.json() | {"csrf_token": "", "version": ""} == {
        "authenticated": True,
        "username": "owner",
        "loopback": False,
        "csrf_token": "",
        "version": "",
    }
    assert client.get("/api/v1/maps").status_code == 200
    assert client.get("/metrics").status_code == 200
    assert client.get("/api/v1/openapi.json").status_code == 200


def test_after_signing_out_the_owner_is_a_stranger(client, owner):
    sign_in(client)
    assert client.delete("/api/v1/session").json()["authenticated"] is False
    assert client.get("/api/v1/maps").status_code == 401


def test_a_wrong_password_is_no_way_in(client, owner):
    assert sign_in(client, "wrong").status_code == 401
    assert client.get("/api/v1/session").json()["authenticated"] is False


def test_five_wrong_passwords_lock_out(client, owner):
    answers = [sign_in(client, f"wrong {number}").status_code for number in range(5)]
    assert answers[:4] == [401] * 4
    locked = sign_in(client)
    assert locked.status_code == 429
    assert locked.json()["code"] == "locked_out"
    assert int(locked["Retry-After"]) > 0


def test_the_session_cookie_is_for_our_pages_only(client, owner):
    cookie = sign_in(client).cookies["tonotope_session"]
    assert (cookie["samesite"], cookie["httponly"]) == ("Lax", True)


def test_signing_in_needs_the_token(owner):
    browser = Client(enforce_csrf_checks=True)
    assert sign_in(browser).status_code == 403
    token = browser.get("/api/v1/session").json()["csrf_token"]
    signed_in = sign_in(browser, **{"X-CSRFToken": token})
    assert signed_in.status_code == 200
    assert signed_in.json()["csrf_token"] != token


def test_prometheus_gets_in_with_its_token(client, settings):
    settings.METRICS_TOKEN = "scrape"
    assert client.get("/metrics", headers={"Authorization": "Bearer scrape"}).status_code == 200
    assert client.get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 401
    assert client.get("/api/v1/maps", headers={"Authorization": "Bearer scrape"}).status_code == 401
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401


def test_strangers_learn_only_whether_it_is_ready(client):
    assert client.get("/healthz").json() == {"alive": True}
    assert set(client.get("/readyz").json()) == {"ready"}


def test_the_owner_learns_what_is_missing(client, owner):
    sign_in(client)
    assert set(client.get("/readyz").json()) == {"ready", "missing"}


def test_pages_are_for_anybody(client, settings, tmp_path):
    settings.WEB_APP_DIST = tmp_path
    (tmp_path / "index.html").write_text("<!doctype html>")
    assert client.get("/").status_code == 200


def test_what_strangers_are_told_is_json(client):
    assert json.loads(client.get("/api/v1/maps").content)["message"] == "Sign in first."
