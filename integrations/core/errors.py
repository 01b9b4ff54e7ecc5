"""The errors of reading a source that shared/python/errors.py has no word for.

::

    TonotopeError
    ├── DeniedError
    │   └── AuthExpiredError        the provider wants the person to sign in again
    ├── CursorResetError            the cursor or page token is worth nothing any more: begin again
    ├── VersionMismatchError        the file is not the version that was asked for, or changed while read
    └── RangeNotSatisfiableError    the range begins behind the file's last byte

Everything else is said with the shared ones: a time-out or a 5xx is an `UnavailableError`, a 429 a
`RateLimitedError`, a folder that is asked for its bytes an `UnsupportedError`.
"""

from shared.python.errors import DeniedError, TonotopeError


class AuthExpiredError(DeniedError):
    code = "auth_expired"


class CursorResetError(TonotopeError):
    code = "cursor_reset"


class VersionMismatchError(TonotopeError):
    code = "version_mismatch"
    retryable = True


class RangeNotSatisfiableError(TonotopeError):
    """A range that begins behind the end.

    Attributes
    ----------
    size_bytes
        How long the file is: what the ``Content-Range`` of an HTTP 416 answer has to say.
    """

    code = "range_not_satisfiable"

    def __init__(self, message: str, *, size_bytes: int, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.size_bytes = size_bytes
