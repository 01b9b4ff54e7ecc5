"""Secrets that nobody has to think up: made once, kept in files that only this user can read."""

import os
import secrets
from pathlib import Path

from shared.python.errors import ConfigError

_N_BYTES = 48


def read_or_create_secret(path: Path) -> str:
    """Give the secret in `path`, making it on first use.

    Raises
    ------
    ConfigError
        When the file is there and holds nothing.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        path.chmod(0o600)
        secret = path.read_text().strip()
        if not secret:
            raise ConfigError(f"{path} is empty: remove it, and it is made anew") from None
        return secret
    secret = secrets.token_urlsafe(_N_BYTES)
    with os.fdopen(descriptor, "w") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    return secret
