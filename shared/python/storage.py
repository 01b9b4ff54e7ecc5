"""Blobs: what is too large for a message or a table row.

A blob has a key in the store that `STORAGE_URL` names (a directory, S3, GCS, Azure), and its URL is
``blob:<key>``. Sounds that are read in place have a ``file://`` URL. Every service resolves both here.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

import numpy as np
import numpy.typing as npt
import obstore
from obstore import exceptions, store

from shared.python.errors import ConfigError, CorruptError, DeniedError, NotFoundError, UnavailableError

BLOB_SCHEME = "blob:"
_PLAIN_KEY = re.compile(r"[\w-]+(\.[\w-]+)*(/[\w-]+(\.[\w-]+)*)*", re.ASCII)
"""A key that is its blob's path in a directory letter by letter; obstore spells other letters differently."""


@contextmanager
def _translated(what: str) -> Iterator[None]:
    """Turn the store's errors into ours; the one place where they are known."""
    try:
        yield
    except (exceptions.NotFoundError, FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise NotFoundError(f"no blob {what}") from error
    except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError, PermissionError) as error:
        raise DeniedError(f"no permission for blob {what}: {error}") from error
    except (exceptions.BaseError, OSError) as error:
        raise UnavailableError(f"blob {what} is out of reach: {error}") from error


def blob_url(key: str) -> str:
    return BLOB_SCHEME + key


def file_url(path: Path) -> str:
    """Give the ``file://`` URL of an absolute path; names that are no Unicode survive as they are."""
    return "file://" + quote_from_bytes(os.fsencode(path))


def file_path(url: str) -> Path:
    """Give the path that a ``file://`` URL names."""
    return Path(os.fsdecode(unquote_to_bytes(urlsplit(url).path)))


class Storage:
    """The blob store, and the one place that turns URLs into bytes.

    Parameters
    ----------
    url
        ``file:///directory`` (made when it is missing), ``memory:///``, ``s3://``, ``gs://`` or ``az://``.
        Credentials come from the environment, as the store's own tools take them.

    Raises
    ------
    ConfigError
        When the URL names no store that we know.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._directory: Path | None = None
        scheme = urlsplit(url).scheme
        try:
            if scheme == "file":
                self._directory = file_path(url)
                self._directory.mkdir(parents=True, exist_ok=True)
                self._store: Any = store.LocalStore(self._directory)
            else:
                self._store = store.from_url(url)
        except (exceptions.BaseError, OSError, ValueError) as error:
            raise ConfigError(f"STORAGE_URL={url!r} cannot be opened: {error}") from error

    @classmethod
    def from_environment(cls) -> "Storage":
        """Open the store that ``STORAGE_URL`` names.

        Raises
        ------
        ConfigError
            When the variable is not set.
        """
        url = os.environ.get("STORAGE_URL")
        if not url:
            raise ConfigError(
                "STORAGE_URL is not set: give file:///a/directory, s3://bucket/prefix, gs://… or az://…"
            )
        return cls(url)

    def put(self, key: str, content: bytes) -> str:
        """Write a blob whole, so that a reader sees all of it or nothing, and give its URL."""
        with _translated(key):
            obstore.put(self._store, key, content)
        return blob_url(key)

    def get(self, key_or_url: str) -> bytes:
        """Read a whole blob.

        Raises
        ------
        NotFoundError, DeniedError, UnavailableError
        """
        key = key_or_url.removeprefix(BLOB_SCHEME)
        with _translated(key):
            if self._directory is not None and _PLAIN_KEY.fullmatch(key):
                # The same bytes at a tenth of the price: obstore reads in threads that have to be woken.
                return (self._directory / key).read_bytes()
            return bytes(obstore.get(self._store, key).bytes())

    def exists(self, key_or_url: str) -> bool:
        key = key_or_url.removeprefix(BLOB_SCHEME)
        try:
            with _translated(key):
                obstore.head(self._store, key)
        except NotFoundError:
            return False
        return True

    def delete(self, key_or_url: str) -> None:
        """Remove a blob; one that is not there is no error."""
        key = key_or_url.removeprefix(BLOB_SCHEME)
        try:
            with _translated(key):
                obstore.delete(self._store, key)
        except NotFoundError:
            return

    def put_array(self, key: str, array: npt.NDArray[Any]) -> str:
        """Write an array as an ``.npy`` blob and give its URL."""
        buffer = BytesIO()
        np.save(buffer, array, allow_pickle=False)
        return self.put(key, buffer.getvalue())

    def get_array(self, key_or_url: str) -> npt.NDArray[Any]:
        """Read an ``.npy`` blob.

        Raises
        ------
        CorruptError
            When the blob is no ``.npy`` file.
        """
        try:
            array: npt.NDArray[Any] = np.load(BytesIO(self.get(key_or_url)), allow_pickle=False)
        except ValueError as error:
            raise CorruptError(f"blob {key_or_url} is no .npy array: {error}") from error
        return array

    @contextmanager
    def local_path(self, url: str) -> Iterator[Path]:
        """Give a path on this machine for as long as the block lasts: in place when it can be, else a copy.

        Raises
        ------
        NotFoundError, DeniedError, UnavailableError
            `ConfigError` when the URL has a scheme that is not known here.
        """
        if url.startswith("file://"):
            yield file_path(url)
            return
        if not url.startswith(BLOB_SCHEME):
            raise ConfigError(f"{url!r} is neither a blob: nor a file: URL")
        with tempfile.NamedTemporaryFile(prefix="tonotope-") as copy:
            with _translated(url):
                for chunk in obstore.get(self._store, url.removeprefix(BLOB_SCHEME)).stream():
                    copy.write(chunk)
            copy.flush()
            yield Path(copy.name)
