"""Every address: health and metrics, the API, and the web app for all the rest."""

from django.urls import path, re_path

from services.main_app.accounts.setup_link import setup
from services.main_app.api import errors, health, metrics, web_app
from services.main_app.api.root import api

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.metrics),
    path("setup", setup),
    path("api/v1/", api.urls),
    re_path(r"^api/", errors.missing),
    re_path(r"^(?P<path>.*)$", web_app.serve),
]
handler400 = errors.bad_request
handler404 = errors.missing
handler500 = errors.broken
