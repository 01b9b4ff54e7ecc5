"""Which paths are pages for anybody, and which hold something about the owner's sounds."""

_HEALTH = ("/healthz", "/readyz")
_SIGNING_IN = "/api/v1/session"


def is_health(path: str) -> bool:
    return path in _HEALTH


def is_data(path: str) -> bool:
    """Whether there is more behind a path than the web app's own files."""
    return path.startswith("/api/") or path == "/metrics"


def is_owners(path: str) -> bool:
    """Whether only the owner gets an answer: all data, but for the way to become known as the owner."""
    return is_data(path) and path != _SIGNING_IN
