"""Jobs: what the services are at, for whoever runs the machine."""

from django.http import HttpRequest
from ninja import Router

from services.main_app.api.schemas import JobOut
from services.main_app.jobs.models import Job
from shared.python.models import JobState

router = Router(tags=["jobs"])
_MOST = 500


@router.get("", response=list[JobOut])
def list_jobs(request: HttpRequest, run: int | None = None, state: JobState | None = None) -> list[Job]:
    """Give the latest jobs, at most 500."""
    found = Job.objects.defer("payload", "detail").order_by("-created_at")
    if run is not None:
        found = found.filter(run_id=run)
    if state is not None:
        found = found.filter(state=state)
    return list(found[:_MOST])
