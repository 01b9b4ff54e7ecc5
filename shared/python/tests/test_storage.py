import os
from pathlib import Path

import numpy as np
import pytest

from shared.python.errors import ConfigError, CorruptError, NotFoundError, TonotopeError
from shared.python.storage import Storage, blob_url, file_path, file_url


@pytest.fixture(params=["file", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return Storage(file_url(tmp_path / "blobs") if request.param == "file" else "memory:///")


def test_a_blob_comes_back_by_key_and_by_url(storage: Storage) -> None:
    url = storage.put("a/b.bin", b"content")
    assert url == blob_url("a/b.bin")
    assert storage.get(url) == storage.get("a/b.bin") == b"content"


@pytest.mark.parametrize("key", ["analysis/ab/v1.json", "a b/c.json", "50%.json", "ton ä#1*.json", "..a/b"])
def test_any_key_is_found_again(storage: Storage, key: str) -> None:
    storage.put(key, b"whole")
    assert storage.get(key) == b"whole"


def test_no_key_leads_out_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"of somebody else")
    storage = Storage(file_url(tmp_path / "blobs"))
    for key in ("../secret", "a/../../secret", str(tmp_path / "secret")):
        with pytest.raises((TonotopeError, ValueError)):
            storage.get(key)


def test_what_holds_blobs_is_no_blob(storage: Storage) -> None:
    storage.put("a/b", b"whole")
    with pytest.raises(NotFoundError):
        storage.get("a")
    with pytest.raises(NotFoundError):
        storage.get("a/b/c")


def test_putting_again_replaces_the_whole(storage: Storage) -> None:
    storage.put("a", b"long content")
    storage.put("a", b"short")
    assert storage.get("a") == b"short"


def test_what_is_not_there_is_said_by_name(storage: Storage) -> None:
    assert not storage.exists("missing")
    with pytest.raises(NotFoundError, match="missing"):
        storage.get("missing")


def test_deleting_twice_is_no_error(storage: Storage) -> None:
    storage.put("a", b"x")
    storage.delete("a")
    storage.delete("a")
    assert not storage.exists("a")


def test_an_array_comes_back_with_its_type_and_shape(storage: Storage) -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    back = storage.get_array(storage.put_array("m.npy", array))
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


def test_bytes_that_are_no_array_are_refused(storage: Storage) -> None:
    storage.put("m.npy", b"no array")
    with pytest.raises(CorruptError, match=r"m\.npy"):
        storage.get_array("m.npy")


def test_a_blob_has_a_local_path_for_a_while(storage: Storage) -> None:
    url = storage.put("a", b"content")
    with storage.local_path(url) as path:
        assert path.read_bytes() == b"content"
    assert not path.exists()


def test_a_file_in_place_keeps_its_path(storage: Storage, tmp_path: Path) -> None:
    sound = tmp_path / "a.wav"
    sound.write_bytes(b"x")
    with storage.local_path(file_url(sound)) as path:
        assert path == sound
    assert sound.exists()


@pytest.mark.parametrize(
    "name", ["plain.wav", "with space & 100%.wav", "Übung ♯1.wav", os.fsdecode(b"\xff\xfe.wav"), "a?b#c"]
)
def test_any_file_name_survives_its_url(name: str) -> None:
    path = Path("/sounds") / name
    url = file_url(path)
    assert url.isascii()
    assert file_path(url) == path


def test_an_unknown_url_is_refused(storage: Storage) -> None:
    with pytest.raises(ConfigError, match="ftp"), storage.local_path("ftp://host/a.wav"):
        pass


@pytest.mark.parametrize("url", ["nonsense", "gopher://x"])
def test_a_store_of_no_known_kind_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=url):
        Storage(url)
