from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client

from services.main_app.accounts.owner import set_owner
from services.main_app.accounts.setup_link import new_setup_link

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def server(settings, db):
    settings.LOOPBACK = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def link():
    url = urlsplit(new_setup_link(host="192.0.2.1", port=8000))
    return f"{url.path}?{url.query}"


def test_the_link_makes_the_owner_and_signs_in(client, link):
    assert "csrfmiddlewaretoken" in client.get(link).content.decode()
    made = client.post(link, {"username": "ann", "password": PASSWORD})
    assert (made.status_code, made["Location"]) == (302, "/")
    assert User.objects.get().username == "ann"
    assert client.get("/api/v1/session").json()["username"] == "ann"


def test_the_link_works_once(client, link):
    client.post(link, {"username": "ann", "password": PASSWORD})
    again = Client().post(link, {"username": "ann", "password": "another good password"})
    assert again.status_code == 403
    assert User.objects.get().check_password(PASSWORD)


def test_a_made_up_link_is_refused(client):
    assert client.get("/setup").status_code == 403
    assert client.post("/setup?token=guess", {"username": "ann", "password": PASSWORD}).status_code == 403
    assert not User.objects.exists()


def test_an_old_link_is_refused(client, link, monkeypatch):
    monkeypatch.setattr("services.main_app.accounts.setup_link._VALID_S", -1)
    assert client.get(link).status_code == 403


def test_a_link_is_worth_nothing_once_there_is_an_owner(client, link):
    set_owner("ann", password=PASSWORD)
    assert client.get(link).status_code == 403


def test_a_bad_password_is_explained(client, link):
    refused = client.post(link, {"username": "ann", "password": "short"})
    assert refused.status_code == 400
    assert "too short" in refused.content.decode()


def test_the_form_needs_its_token(link):
    refused = Client(enforce_csrf_checks=True).post(link, {"username": "ann", "password": PASSWORD})
    assert refused.status_code == 403


def test_the_link_bears_the_servers_public_name(settings):
    settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "sounds.example"]
    assert new_setup_link(host="192.0.2.1", port=8000).startswith("http://sounds.example:8000/setup?token=")
