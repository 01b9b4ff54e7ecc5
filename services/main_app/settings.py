"""Django's settings. All configuration comes from the environment; the launcher and the images set it.

DATABASE_URL      sqlite:////absolute/path or postgres://user:password@host/name
SECRET_KEY        signs sessions; from a secret manager, or the launcher's key file
NATS_URL          nats://user:password@host:port, several separated by commas for a cluster; tls:// and the
                  files NATS_CA, NATS_CERT and NATS_KEY: see shared/python/bus_settings.py
QUEUE_WINDOW_JOBS how many jobs of one lane may be with the queue and the workers at once (128); with many
                  workers, four for each of their slots
ANALYZE_BATCH_FILES how many short files one command holds at most (128): more cost less each, fewer are
                  sooner there
STORAGE_URL       file:///directory, s3://…, gs://…, az://…
BIND_HOST         the address that the web server listens on (`web --host` sets it)
ALLOWED_HOSTS     names that the server answers to, separated by commas; one that is not this machine's own
                  makes the server ask for a login, and so does a BIND_HOST that is not
ALLOWED_FOLDERS   folders that people may add, separated as in PATH
SECURE            "true" behind TLS: secure cookies, HSTS
METRICS_TOKEN     lets Prometheus in at /metrics as ``Authorization: Bearer …``
WEB_APP_DIST      the built web app
"""

import ipaddress
import os
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF

BASE_DIR = Path(__file__).resolve().parent
SECRET_KEY = os.environ.get("SECRET_KEY", "")
DEBUG = False
BIND_HOST = os.environ.get("BIND_HOST", "127.0.0.1")
SECURE = os.environ.get("SECURE", "false") == "true"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address; IPv6 with or without brackets."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"] + [
    host for host in os.environ.get("ALLOWED_HOSTS", "").split(",") if host
]
LOOPBACK = all(is_loopback(host) for host in (BIND_HOST, *ALLOWED_HOSTS))
"""Whether only people at this machine can reach us: then there is one person, and no login."""
ALLOWED_FOLDERS = [
    Path(folder) for folder in os.environ.get("ALLOWED_FOLDERS", "").split(os.pathsep) if folder
]
WEB_APP_DIST = Path(os.environ.get("WEB_APP_DIST", BASE_DIR.parent / "web_app" / "dist"))
DEMO_FOLDER = Path(os.environ.get("DEMO_FOLDER", Path(tempfile.gettempdir()) / "tonotope-demo"))
NATS_URL = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")
QUEUE_WINDOW_JOBS = int(os.environ.get("QUEUE_WINDOW_JOBS", "128"))
ANALYZE_BATCH_FILES = int(os.environ.get("ANALYZE_BATCH_FILES", "128"))
STORAGE_URL = os.environ.get("STORAGE_URL", "")

DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(os.environ.get("DATABASE_URL", "sqlite://:memory:"))
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # Writers wait for each other instead of failing half-way: take the lock when the transaction begins.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "axes",
    "csp",
    "services.main_app.sources",
    "services.main_app.analyses",
    "services.main_app.nodes",
    "services.main_app.pipelines",
    "services.main_app.jobs",
    "services.main_app.maps",
]
MIDDLEWARE = [
    "services.main_app.api.request_spans.trace_requests",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "services.main_app.accounts.front_door.FrontDoorMiddleware",
    "services.main_app.api.compression.CompressionMiddleware",
    "services.main_app.api.error_form.ErrorFormMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "services.main_app.accounts.forgery.ForgeryMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "services.main_app.accounts.owner_only.OwnerOnlyMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "services.main_app.urls"
ASGI_APPLICATION = "services.main_app.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False
LOGGING_CONFIG = None  # `shared.python.telemetry` writes every process's log
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "UserAttributeSimilarityValidator")
]
AUTH_PASSWORD_VALIDATORS[0]["OPTIONS"] = {"min_length": 10}  # type: ignore[assignment]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = ["ip_address"]  # by name, a stranger could lock the owner out
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "services.main_app.accounts.lockout.answer"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")

SESSION_COOKIE_NAME = "tonotope_session"  # cookies do not tell ports apart: a neighbour may have a sessionid
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
CSRF_FAILURE_VIEW = "services.main_app.api.errors.forged"
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if SECURE else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "worker-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
