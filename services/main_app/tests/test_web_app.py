import gzip

import pytest

pytestmark = pytest.mark.django_db

INDEX = "<!doctype html><title>Tonotope</title>"


@pytest.fixture(autouse=True)
def dist(settings, tmp_path):
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text(INDEX)
    (dist / "assets" / "app-1a2b.js").write_text("export const one = 1;\n" * 100)
    (dist / "assets" / "app-1a2b.js.br").write_bytes(b"as brotli has it")
    (dist / "assets" / "app-1a2b.css").write_text("a { color: red }")
    (dist / "favicon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("secret")
    settings.WEB_APP_DIST = dist
    return dist


@pytest.mark.parametrize("path", ["/", "/maps/1", "/settings/storage"])
def test_addresses_of_the_app_give_its_page(client, path):
    response = client.get(path)
    assert response.content.decode() == INDEX
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert response["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("path", "kind", "kept"),
    [
        ("/assets/app-1a2b.js", "text/javascript; charset=utf-8", "immutable"),
        ("/assets/app-1a2b.css", "text/css; charset=utf-8", "immutable"),
        ("/favicon.svg", "image/svg+xml", "no-cache"),
    ],
)
def test_files_are_given_as_what_they_are(client, path, kind, kept):
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"] == kind
    assert kept in response["Cache-Control"]


def test_what_the_browser_has_is_not_sent(client):
    etag = client.get("/")["ETag"]
    again = client.get("/", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


def test_compressed_files_are_preferred(client):
    response = client.get("/assets/app-1a2b.js", headers={"Accept-Encoding": "gzip, br"})
    assert (response["Content-Encoding"], response.content) == ("br", b"as brotli has it")


def test_others_are_compressed_on_the_way(client):
    response = client.get("/assets/app-1a2b.js", headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.content).startswith(b"export const one")
    assert "Accept-Encoding" in response["Vary"]


@pytest.mark.parametrize("path", ["/assets/gone-9f.js", "/missing.png"])
def test_a_file_that_is_not_there_is_not_the_page(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/a%00.js"]
)
def test_nothing_outside_is_given(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert b"secret" not in response.content.replace(b"secret.txt", b"")


def test_pages_take_nothing(client):
    assert client.post("/").status_code == 405


def test_without_a_built_app_it_says_so(client, settings, tmp_path):
    settings.WEB_APP_DIST = tmp_path / "nowhere"
    response = client.get("/")
    assert (response.status_code, b"not built" in response.content) == (503, True)
