"""The sync process: takes runs that wait to be scanned, one at a time, and takes their files in.

A run is claimed for a short while, and the claim is renewed with every batch. When this process dies, the
claim runs out and another one begins the scan again: what was stored is recognised.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from integrations.core.registry import open_integration
from services.main_app.pipelines.graph import pipeline_of, require_services
from services.main_app.pipelines.intake import Intake
from services.main_app.pipelines.models import Run
from services.main_app.pipelines.runs import advance, end
from services.main_app.sources.records import mark_unreachable, store
from services.main_app.sources.scan import Batch, scan
from shared.python.errors import TonotopeError, UnavailableError
from shared.python.tracing import span
from shared.python.utils import batched

CLAIM_S = 10.0
_UNCHANGED_BATCH = 500

log = logging.getLogger(__name__)


class RunOverError(Exception):
    """The run was ended by somebody else while it was being scanned: cancelled, or its source removed."""


class StoppedError(Exception):
    """Our process is asked to end; whoever comes next scans the run."""


def _never() -> bool:
    return False


def claim() -> Run | None:
    """Claim a run that wants scanning and whose services are all there."""
    now = timezone.now()
    if not Run.objects.filter(state=Run.State.SCANNING).exists():
        return None  # the usual answer, and cheaper than the writers' lock
    with transaction.atomic():
        unclaimed = Q(claimed_until=None) | Q(claimed_until__lt=now)
        waiting = Run.objects.select_for_update().filter(unclaimed, state=Run.State.SCANNING).order_by("id")
        for run in waiting.select_related("source"):
            try:
                require_services(pipeline_of(run))
            except UnavailableError as error:
                Run.objects.filter(pk=run.pk).exclude(message=error.message).update(message=error.message)
                continue
            run.claimed_until, run.message = now + timedelta(seconds=CLAIM_S), ""
            run.save()
            return run
    return None


def scan_run(run: Run, *, is_stopping: Callable[[], bool] = _never) -> None:
    """Scan a claimed run's source to the end, and move the run on.

    Parameters
    ----------
    is_stopping
        Asked with every batch; once it is true, the claim is given back and the rest is left.
    """
    log.info("scanning %s", run)
    with span("scan", parent=run.traceparent or None, tonotope__provider=run.source.provider):
        try:
            _scan(run, is_stopping)
        except StoppedError:
            Run.objects.filter(pk=run.pk).update(claimed_until=None)


def _scan(run: Run, is_stopping: Callable[[], bool]) -> None:
    problem = ""
    try:
        with open_integration(run.source.provider, run.source.config) as integration:
            intake = Intake(run, integration)
            try:
                for batch in scan(run.source):
                    _take(run, intake, batch)
                    if is_stopping():
                        raise StoppedError
            except TonotopeError as error:
                # What was found until then is true and is worth keeping; that there is more is not hidden.
                problem = error.message
                mark_unreachable(run.source, problem)
            else:
                _forget_old_problems(run)
            _take_unchanged(run, intake)
    except RunOverError:
        log.info("%s ended while it was being scanned", run)
        return
    except TonotopeError as error:
        problem = error.message
    _close(run, problem)


def _take(run: Run, intake: Intake, batch: Batch) -> None:
    with transaction.atomic():
        _renew(run)
        files = store(run.source, batch)
        run.found += len(files)
        run.save(update_fields=["found", "claimed_until", "changed_at"])
        intake.take(files, batch.arrivals)


def _renew(run: Run) -> None:
    state = Run.objects.select_for_update().filter(pk=run.pk).values_list("state", flat=True).first()
    if state != Run.State.SCANNING:
        raise RunOverError
    run.claimed_until = timezone.now() + timedelta(seconds=CLAIM_S)


def _forget_old_problems(run: Run) -> None:
    """Rows that stood for something unreadable which this scan did not meet again were never files."""
    stale = run.source.files.filter(version="", gone_at=None, parent=None).exclude(run_items__run=run)
    stale.update(gone_at=timezone.now())


def _take_unchanged(run: Run, intake: Intake) -> None:
    """Take in the files that the scan had nothing new to say about."""
    ids = list(
        run.source.files.filter(gone_at=None, parent=None)
        .exclude(run_items__run=run)
        .order_by("id")
        .values_list("id", flat=True)
    )
    for some in batched(ids, _UNCHANGED_BATCH):
        with transaction.atomic():
            _renew(run)
            files = list(run.source.files.filter(id__in=some))
            run.found += len(files)
            run.save(update_fields=["found", "claimed_until", "changed_at"])
            intake.take(files)


def _close(run: Run, problem: str) -> None:
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run.pk)
        if run.state != Run.State.SCANNING:
            return
        run.message, run.claimed_until = problem, None
        if problem and not run.items.exists():
            end(run, state=Run.State.FAILED, message=problem)
            return
        run.state = Run.State.ANALYZING
        run.found = run.items.count()
        run.save()
    advance(run.pk)
