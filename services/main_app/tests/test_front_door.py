"""What is not meant for us, or comes from somebody else's page, is refused; and what browsers are told."""

import pytest
from django.test import Client

from services.main_app.settings import is_loopback

pytestmark = pytest.mark.django_db


def test_a_name_that_is_not_ours_is_refused(client):
    response = client.get("/api/v1/maps", HTTP_HOST="evil.example")
    assert response.status_code == 400
    assert response.json()["code"] == "unknown_host"
    assert client.get("/", HTTP_HOST="evil.example:8000").status_code == 400


def test_our_own_names_are_answered(client):
    for host in ("127.0.0.1:8000", "localhost:8000", "[::1]:8000"):
        assert client.get("/api/v1/maps", HTTP_HOST=host).status_code == 200


def test_a_pods_address_gets_health(client):
    assert client.get("/healthz", HTTP_HOST="10.1.2.3:8000").status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Host"])
def test_a_proxy_is_refused_where_there_is_no_login(client, header):
    response = client.get("/api/v1/maps", headers={header: "203.0.113.7"})
    assert response.status_code == 403
    assert response.json()["code"] == "proxied"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", ["/api/v1/maps", "/api/v1/session", "/metrics"])
def test_data_is_not_for_other_sites(client, site, path):
    assert client.get(path, headers={"Sec-Fetch-Site": site}).status_code == 403


def test_our_pages_and_the_address_bar_get_data(client):
    assert client.get("/api/v1/maps", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert client.get("/api/v1/maps", headers={"Sec-Fetch-Site": "none"}).status_code == 200


def test_a_link_from_elsewhere_opens_the_app(client, tmp_path, settings):
    settings.WEB_APP_DIST = tmp_path
    (tmp_path / "index.html").write_text("<!doctype html>")
    assert client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
    assert client.post("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_every_answer_says_how_it_may_be_used(client):
    headers = client.get("/api/v1/maps").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert "microphone=()" in headers["Permissions-Policy"]


def test_no_page_may_run_what_is_not_ours(client):
    policy = dict(
        part.strip().split(" ", 1)
        for part in client.get("/api/v1/maps").headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert policy["connect-src"] == "'self'"
    assert policy["img-src"] == "'self' data: blob:"
    assert policy["media-src"] == "'self' blob:"
    assert policy["worker-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in str(policy)


class TestForgery:
    """Requests that change something."""

    @pytest.fixture
    def browser(self):
        return Client(enforce_csrf_checks=True)

    def cancel(self, browser, **headers):
        return browser.post("/api/v1/runs/1/cancel", headers=headers)

    def test_what_is_no_browser_needs_no_token_on_ones_own_machine(self, browser):
        assert self.cancel(browser).status_code == 404

    def test_a_browser_needs_the_token(self, browser):
        refused = self.cancel(browser, **{"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"})
        assert refused.status_code == 403
        assert refused.json()["code"] == "csrf"

    def test_the_token_of_the_session_is_taken(self, browser):
        token = browser.get("/api/v1/session").json()["csrf_token"]
        headers = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin", "X-CSRFToken": token}
        assert self.cancel(browser, **headers).status_code == 404

    def test_another_origin_is_refused_even_with_the_token(self, browser):
        token = browser.get("/api/v1/session").json()["csrf_token"]
        refused = self.cancel(browser, **{"Origin": "http://evil.example", "X-CSRFToken": token})
        assert refused.status_code == 403

    def test_a_cross_site_request_is_refused_even_with_the_token(self, browser):
        token = browser.get("/api/v1/session").json()["csrf_token"]
        refused = self.cancel(browser, **{"Sec-Fetch-Site": "cross-site", "X-CSRFToken": token})
        assert refused.status_code == 403

    def test_on_a_server_everybody_needs_the_token(self, browser, settings):
        settings.LOOPBACK = False
        assert self.cancel(browser).status_code == 403

    def test_cookies_are_for_our_pages_only(self, browser):
        cookie = browser.get("/api/v1/session").cookies["csrftoken"]
        assert (cookie["samesite"], cookie["httponly"]) == ("Strict", True)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104  compared with, not bound to
        ("192.168.1.2", False),
        ("example.org", False),
        ("*", False),
        ("localhost.evil.example", False),
    ],
)
def test_loopback_is_recognised(host, expected):
    assert is_loopback(host) is expected
