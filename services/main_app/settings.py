"""Django's settings. All configuration comes from the environment; the launcher and the images set it.

DATABASE_URL      sqlite:////absolute/path or postgres://user:password@host/name
SECRET_KEY        signs sessions; from a secret manager, or the launcher's key file
NATS_URL          nats://user:password@host:port, several separated by commas for a cluster
STORAGE_URL       file:///directory, s3://…, gs://…, az://…
BIND_HOST         the address that the web server listens on; anything but loopback asks for a login
ALLOWED_HOSTS     names that the server answers to, separated by commas
ALLOWED_FOLDERS   folders that people may add, separated as in PATH
SECURE            "true" behind TLS: secure cookies, HSTS
WEB_APP_DIST      the built web app
"""

import ipaddress
import os
import tempfile
from pathlib import Path
from typing import Any

import dj_database_url

BASE_DIR = Path(__file__).resolve().parent
SECRET_KEY = os.environ.get("SECRET_KEY", "")
DEBUG = False
BIND_HOST = os.environ.get("BIND_HOST", "127.0.0.1")
SECURE = os.environ.get("SECURE", "false") == "true"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


LOOPBACK = is_loopback(BIND_HOST)
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"] + [
    host for host in os.environ.get("ALLOWED_HOSTS", "").split(",") if host
]
ALLOWED_FOLDERS = [
    Path(folder) for folder in os.environ.get("ALLOWED_FOLDERS", "").split(os.pathsep) if folder
]
WEB_APP_DIST = Path(os.environ.get("WEB_APP_DIST", BASE_DIR.parent / "web_app" / "dist"))
DEMO_FOLDER = Path(os.environ.get("DEMO_FOLDER", Path(tempfile.gettempdir()) / "tonotope-demo"))
NATS_URL = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")
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
    "services.main_app.sources",
    "services.main_app.analyses",
    "services.main_app.pipelines",
    "services.main_app.jobs",
    "services.main_app.maps",
]
ROOT_URLCONF = "services.main_app.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False
