"""The API: one router for each noun."""

from ninja import NinjaAPI

from services.main_app.api import (
    audio_files,
    events,
    folders,
    jobs,
    maps,
    nodes,
    runs,
    session,
    sources,
)
from services.main_app.api.errors import add_error_handlers

api = NinjaAPI(
    title="Tonotope",
    version="1",
    description="Maps of sounds. Errors are {code, message} with a fitting status.",
    docs_url=None,  # its page loads scripts from elsewhere, which our Content-Security-Policy forbids
)
add_error_handlers(api)
api.add_router("/session", session.router)
api.add_router("/folders", folders.router)
api.add_router("/sources", sources.router)
api.add_router("/runs", runs.router)
api.add_router("/maps", maps.router)
api.add_router("/audio-files", audio_files.router)
api.add_router("/jobs", jobs.router)
api.add_router("", nodes.router)
api.add_router("/events", events.router)
