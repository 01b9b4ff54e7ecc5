"""What goes on, as it happens: Server-Sent Events."""

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Router

from services.main_app.api.event_hub import hub

router = Router(tags=["events"])
_STREAM = {"description": "OK", "content": {"text/event-stream": {"schema": {"type": "string"}}}}


@router.get("", openapi_extra={"responses": {200: _STREAM}})
async def get_events(request: HttpRequest) -> StreamingHttpResponse:
    """Tell of runs (`run`), maps (`map`) and frames (`frame`): first how all stands, then what changes."""
    response = StreamingHttpResponse(hub.listen(), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # nginx would hold events back
    return response
