"""One file over HTTP: its description, its preview, and its bytes in whatever ranges are asked for."""

import os

import pytest
from django.test import AsyncClient

from services.main_app.tests.made_maps import add_files, add_sounds, wav

CONTENT = wav(1, n_bytes=300_000)


@pytest.fixture
def file(source):
    return add_files(source, {"Käse „laut“.wav": CONTENT})[0]


def address(file, what=""):
    return f"/api/v1/audio-files/{file.pk}{what}"


async def fetch(file, method="GET", query="", **headers):
    response = await AsyncClient().generic(method, address(file, f"/audio{query}"), headers=headers)
    body = b"".join([part async for part in response]) if response.streaming else response.content
    return response, body


@pytest.mark.django_db(transaction=True)
class TestOriginal:
    async def test_the_whole_file(self, file):
        response, body = await fetch(file)
        assert (response.status_code, body) == (200, CONTENT)
        assert response["Content-Type"] == "audio/wav"
        assert response["Content-Length"] == "300000"
        assert response["Accept-Ranges"] == "bytes"
        assert response["ETag"] == f'"{file.content_hash}"'
        assert response["X-Content-Type-Options"] == "nosniff"

    @pytest.mark.parametrize(
        ("wanted", "start", "end"),
        [
            ("bytes=0-99", 0, 100),
            ("bytes=299999-", 299_999, 300_000),
            ("bytes=-500", 299_500, 300_000),
            ("bytes=1000-9999999", 1000, 300_000),
        ],
    )
    async def test_a_range(self, file, wanted, start, end):
        response, body = await fetch(file, Range=wanted)
        assert (response.status_code, body) == (206, CONTENT[start:end])
        assert response["Content-Range"] == f"bytes {start}-{end - 1}/300000"
        assert response["Content-Length"] == str(end - start)

    async def test_a_range_behind_the_end(self, file):
        response, _ = await fetch(file, Range="bytes=300000-")
        assert (response.status_code, response["Content-Range"]) == (416, "bytes */300000")

    async def test_a_range_of_what_the_browser_has(self, file):
        response, body = await fetch(file, **{"Range": "bytes=0-9", "If-Range": f'"{file.content_hash}"'})
        assert (response.status_code, len(body)) == (206, 10)
        response, body = await fetch(file, **{"Range": "bytes=0-9", "If-Range": '"older"'})
        assert (response.status_code, len(body)) == (200, 300_000)

    async def test_what_the_browser_has_is_not_sent(self, file):
        response, body = await fetch(file, **{"If-None-Match": f'"{file.content_hash}"'})
        assert (response.status_code, body) == (304, b"")

    async def test_the_head_alone(self, file):
        response, body = await fetch(file, "HEAD", Range="bytes=0-99")
        assert (response.status_code, body) == (206, b"")
        assert response["Content-Length"] == "100"

    async def test_a_download_bears_its_name(self, file):
        response, _ = await fetch(file, query="?download=1")
        assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''K%C3%A4se")
        response, _ = await fetch(file)
        assert response["Content-Disposition"].startswith("inline")

    async def test_a_file_that_is_gone(self, file, folder):
        (folder / file.path).unlink()
        response, _ = await fetch(file)
        assert response.status_code == 404
        assert file.path in response.json()["message"]

    async def test_a_file_that_was_changed_since(self, file, folder):
        (folder / file.path).write_bytes(wav(2, n_bytes=300_000))
        os.utime(folder / file.path, (1, 1))
        response, _ = await fetch(file)
        assert (response.status_code, response.json()["code"]) == (409, "version_mismatch")

    async def test_what_is_no_sound_is_nothing_that_a_browser_opens(self, file, folder, source):
        from asgiref.sync import sync_to_async

        page = (await sync_to_async(add_files)(source, {"page.wav": b"<script>alert(1)</script>"}))[0]
        response, _ = await fetch(page)
        assert response["Content-Type"] == "application/octet-stream"

    async def test_a_listener_that_leaves_lets_go_of_the_file(self, file):
        response = await AsyncClient().get(address(file, "/audio"))
        parts = response.__aiter__()
        assert len(await anext(parts)) > 0
        response.close()
        response.close()  # Django closes again what was closed

    async def test_there_is_no_such_file(self, file):
        file.pk += 1
        response, _ = await fetch(file)
        assert response.status_code == 404


class TestDescription:
    def test_a_measured_file(self, client, source, blobs):
        first, _ = add_sounds(source, blobs, n=2)
        told = client.get(address(first)).json()
        assert told["name"] == told["path"] == "sound 000.wav"
        assert told["duration_s"] == 1.5
        assert (told["channels"], told["sample_rate_hz"], told["codec"]) == (1, 44100, "pcm_s16le")
        assert told["descriptors"] == {"brightness": 0.5, "key": "C minor", "bpm": None}
        assert told["peaks"] == {"n": 0, "data": ""}
        assert told["preview"]["mime"] == "audio/ogg"
        assert (told["mime"], told["playable"], told["copies"]) == ("audio/wav", True, [])

    def test_a_file_that_was_not_measured(self, client, file):
        told = client.get(address(file)).json()
        assert (told["duration_s"], told["peaks"], told["descriptors"]) == (None, None, {})
        assert told["playable"]

    def test_copies_are_named(self, client, source):
        first, _ = add_files(source, {"a.wav": CONTENT, "b.wav": CONTENT})
        assert client.get(address(first)).json()["copies"] == ["b.wav"]

    def test_a_file_that_is_gone_cannot_be_played(self, client, file, folder):
        (folder / file.path).unlink()
        told = client.get(address(file)).json()
        assert (told["playable"], told["mime"]) == (False, "audio/wav")

    def test_a_preview(self, client, source, blobs):
        file = add_sounds(source, blobs, n=1)[0]
        response = client.get(address(file, "/preview"))
        assert response.content.startswith(b"clip of RIFF")
        again = client.get(address(file, "/preview"), headers={"If-None-Match": response["ETag"]})
        assert again.status_code == 304

    def test_no_preview_yet(self, client, file):
        assert client.get(address(file, "/preview")).status_code == 404
