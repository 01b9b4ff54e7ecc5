import os

import pytest

from services.main_app.sources.folders import list_folder, require_allowed
from shared.python.errors import DeniedError, NotFoundError


@pytest.fixture
def root(tmp_path, settings):
    root = tmp_path / "allowed"
    (root / "Drums" / "Kicks").mkdir(parents=True)
    (root / "amb").mkdir()
    (root / ".hidden").mkdir()
    for name in ("a.wav", "b.FLAC", "cover.jpg", ".c.wav"):
        (root / name).write_bytes(b"")
    settings.ALLOWED_FOLDERS = [root]
    return root


@pytest.fixture
def elsewhere(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "secret.wav").write_bytes(b"")
    return elsewhere


def test_a_folder_is_listed_as_people_sort(root):
    listing = list_folder()
    assert listing.path == root
    assert [folder.name for folder in listing.folders] == ["amb", "Drums"]
    assert listing.n_audio_files == 2
    assert listing.parent is None
    assert list_folder(root / "Drums").parent == root


def test_allowed_folders_and_what_is_beneath_may_be_added(root):
    assert require_allowed(root) == root
    assert require_allowed(root / "Drums" / "Kicks") == root / "Drums" / "Kicks"


@pytest.mark.parametrize("where", ["../elsewhere", "..", "Drums/../../elsewhere", "/etc", "../allowed2"])
def test_nothing_else_may(root, elsewhere, where):
    with pytest.raises(DeniedError, match="ALLOWED_FOLDERS"):
        require_allowed(root / where)


def test_whether_something_is_elsewhere_is_not_told(root, elsewhere):
    for name in ("secret.wav", "nothing.wav"):
        with pytest.raises(DeniedError):
            require_allowed(elsewhere / name)


def test_a_link_does_not_lead_out(root, elsewhere):
    (root / "link").symlink_to(elsewhere)
    with pytest.raises(DeniedError):
        require_allowed(root / "link")
    assert "link" not in [folder.name for folder in list_folder().folders]


def test_a_folder_that_is_a_link_itself_may_be_allowed(root, elsewhere, settings, tmp_path):
    (tmp_path / "link").symlink_to(elsewhere)
    settings.ALLOWED_FOLDERS = [tmp_path / "link"]
    assert require_allowed(tmp_path / "link") == elsewhere


def test_a_file_and_a_missing_folder_are_told_apart(root):
    with pytest.raises(NotFoundError, match="is no folder"):
        require_allowed(root / "a.wav")
    with pytest.raises(NotFoundError, match="there is no folder"):
        require_allowed(root / "missing")


def test_a_name_that_is_no_unicode_is_left_out_and_counted(root):
    os.mkdir(os.fsencode(root) + b"/caf\xe9")
    with open(os.fsencode(root) + b"/caf\xe9.wav", "wb"):
        pass
    listing = list_folder()
    assert [folder.name for folder in listing.folders] == ["amb", "Drums"]
    assert listing.n_audio_files == 3


def test_without_the_setting_a_server_shows_nothing(settings):
    settings.ALLOWED_FOLDERS, settings.LOOPBACK = [], False
    with pytest.raises(NotFoundError, match="ALLOWED_FOLDERS"):
        list_folder()


def test_folders_over_http(client, db, root):
    told = client.get("/api/v1/folders").json()
    assert told == {
        "path": str(root),
        "parent": None,
        "roots": [{"name": "allowed", "path": str(root)}],
        "folders": [
            {"name": "amb", "path": str(root / "amb")},
            {"name": "Drums", "path": str(root / "Drums")},
        ],
        "n_audio_files": 2,
    }
    assert client.get("/api/v1/folders", {"path": "/etc"}).status_code == 403
    assert client.get("/api/v1/folders", {"path": str(root / "x")}).status_code == 404
    assert client.get("/api/v1/folders", {"path": "a\0b"}).status_code == 404
