from datetime import timedelta

import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from services.main_app.analyses.models import Analysis
from services.main_app.jobs.lifecycle import create_job, finish, mark_sent, reopen
from services.main_app.jobs.models import DeadLetter, Incident, Job
from services.main_app.jobs.outbox import put_cancel
from services.main_app.tests.made_maps import add_files, wav
from shared.python.messages import ClusterSounds
from shared.python.models import Lane

pytestmark = pytest.mark.django_db


def scrape(client):
    response = client.get("/metrics")
    assert response["Content-Type"].startswith("text/plain")
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


def lane(service, name="bulk"):
    return [("lane", name), ("service", service)]


def make_job(state="waiting", *, service="audio_analyzer", name="bulk", age_s=0.0):
    """Make a job that was decided so long ago, and bring it as far as `state`."""
    payload = {"layout_url": "blob:a", "output_prefix": "b", "parameters": {}}
    job = create_job(ClusterSounds, service=service, lane=Lane(name), node="n", payload=payload, run_id=None)
    decided_at = timezone.now() - timedelta(seconds=age_s)
    Job.objects.filter(pk=job.pk).update(created_at=decided_at)
    job.outbox.update(created_at=decided_at)
    if state != "waiting":
        mark_sent([(row, 1) for row in job.outbox.all()])
        Job.objects.filter(pk=job.pk).update(state=state)
    return job


def test_sounds_and_runs_are_counted(client, source, run):
    add_files(source, {"a.wav": wav(1)})
    for number, code in enumerate(("corrupt", "corrupt", "empty", "")):
        Analysis.objects.create(
            content_hash=f"{number:064}",
            node_type="analyze_audio",
            node_version=1,
            state="failed" if code else "analyzed",
            code=code,
        )
    told = scrape(client)
    assert told["tonotope_runs", ("state", "scanning")] == 1
    assert told["tonotope_audio_files",] == 1
    assert told["tonotope_analyses", ("state", "failed")] == 3
    assert told["tonotope_failures", ("code", "corrupt")] == 2


def test_how_deep_the_queue_is(client):
    for state, n in {"waiting": 3, "sent": 2, "running": 1, "done": 4, "failed": 1}.items():
        for _ in range(n):
            make_job(state)
    make_job("waiting", service="umap_service")
    told = scrape(client)
    states = {"waiting": 3, "sent": 2, "running": 1, "done": 4, "failed": 1, "cancelled": 0}
    for state, n in states.items():
        assert told["tonotope_queue_jobs", *lane("audio_analyzer"), ("state", state)] == n
    assert told["tonotope_queue_jobs", *lane("umap_service"), ("state", "waiting")] == 1


@pytest.mark.parametrize("state", ["waiting", "sent"])
def test_the_age_of_what_has_waited_longest_for_a_worker(client, state):
    make_job(state, age_s=100)
    make_job("waiting", age_s=50)
    make_job(state, name="interactive", age_s=10)
    make_job("running", age_s=900)
    make_job("done", age_s=9000)
    make_job("running", service="umap_service", age_s=900)
    told, age = scrape(client), "tonotope_queue_oldest_waiting_age_seconds"
    assert 100 <= told[age, *lane("audio_analyzer")] < 300
    assert 10 <= told[age, *lane("audio_analyzer", "interactive")] < 100
    assert told[age, *lane("umap_service")] == 0


def test_an_old_job_that_is_tried_once_more_waits_from_then_on(client):
    job = make_job("sent", age_s=9000)
    finish(job.id, attempt=1, state=Job.State.FAILED)
    job = reopen(job)
    age = "tonotope_queue_oldest_waiting_age_seconds"
    assert scrape(client)[age, *lane("audio_analyzer")] < 300
    mark_sent([(row, 2) for row in job.outbox.all()])
    assert scrape(client)[age, *lane("audio_analyzer")] < 300


def test_what_ought_to_be_rare_is_counted(client):
    kinds = {"resent": 1, "redelivered": 2, "outdated": 3, "dead": 4}
    for kind, n in kinds.items():
        for _ in range(n):
            Incident.objects.create(kind=kind, service="audio_analyzer", lane="bulk")
    DeadLetter.objects.create(subject="cmd.audio_analyzer.bulk", reason="why", body=b"x")
    make_job("waiting")  # its command is in the outbox as well, and is no broadcast
    put_cancel("audio_analyzer", ["0" * 32])
    told = scrape(client)
    assert told["tonotope_queue_resent_jobs_total", *lane("audio_analyzer")] == 1
    assert told["tonotope_queue_redeliveries_total", *lane("audio_analyzer")] == 2
    assert told["tonotope_queue_outdated_events_total", *lane("audio_analyzer")] == 3
    assert told["tonotope_queue_dead_letters_total", *lane("audio_analyzer")] == 4
    assert told["tonotope_queue_kept_dead_letters",] == 1
    assert told["tonotope_queue_waiting_broadcasts",] == 1


def test_known_services_stand_at_zero_before_anything_happens(client, services):
    told = scrape(client)
    for name in Lane:
        assert told["tonotope_queue_dead_letters_total", *lane("umap_service", name)] == 0
        assert told["tonotope_queue_jobs", *lane("umap_service", name), ("state", "waiting")] == 0


def test_an_empty_system_tells_zeros(client):
    told = scrape(client)
    assert told["tonotope_queue_waiting_broadcasts",] == told["tonotope_audio_files",] == 0
