"""Every error that crosses a border between parts.

::

    TonotopeError
    ├── ConfigError            the operator must change a setting
    ├── NotFoundError          what was asked for is not there (any more)
    ├── DeniedError            it is there, and we may not have it
    ├── ConflictError          how things stand now forbids it
    ├── RateLimitedError       too fast; try again after ``retry_after_s``
    ├── UnavailableError       out of reach for now; trying again may help
    ├── CorruptError           the bytes are not what they claim to be
    ├── UnsupportedError       the bytes may be fine, we cannot read them
    └── LimitError             reading on would cost more than the operator allows

Vendor errors (NATS, obstore, libsndfile, FFmpeg, HTTP clients) are translated into one of these where they
are met, and nowhere else. A message holds the offending value and, where there is one, the way out.
"""


class TonotopeError(Exception):
    """The root of all errors that Tonotope raises on purpose.

    Attributes
    ----------
    code
        A stable, machine-readable name of the reason. Part of the API: only added to.
    retryable
        Whether doing the same thing again later can succeed.
    """

    code = "error"
    retryable = False

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions travel from a child process to its parent by pickle, which would lose keyword arguments.
        return (_rebuild, (type(self), self.__dict__))


def _rebuild(kind: type[TonotopeError], state: dict[str, object]) -> TonotopeError:
    error = kind.__new__(kind, state["message"])
    Exception.__init__(error, state["message"])
    error.__dict__.update(state)
    return error


class ConfigError(TonotopeError):
    code = "config"


class NotFoundError(TonotopeError):
    code = "not_found"


class DeniedError(TonotopeError):
    code = "denied"


class ConflictError(TonotopeError):
    code = "conflict"


class RateLimitedError(TonotopeError):
    code = "rate_limited"
    retryable = True

    def __init__(self, message: str, *, retry_after_s: float, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after_s = retry_after_s


class UnavailableError(TonotopeError):
    code = "unavailable"
    retryable = True


class CorruptError(TonotopeError):
    code = "corrupt"


class UnsupportedError(TonotopeError):
    code = "unsupported"


class LimitError(TonotopeError):
    code = "limit"
