from datetime import timedelta

from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from services.main_app.analyses.models import Analysis
from services.main_app.jobs.models import Job, OutboxMessage
from services.main_app.tests.made_maps import add_files, wav


def scrape(client):
    response = client.get("/metrics")
    assert response["Content-Type"].startswith("text/plain")
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


def make_job(state, *, service="audio_analyzer", age_s=0.0):
    job = Job.objects.create(
        node="n", service=service, lane="bulk", command="AnalyzeAudio", payload={}, state=state
    )
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(seconds=age_s))
    return job


def test_what_goes_on_is_counted(client, source, run):
    add_files(source, {"a.wav": wav(1)})
    make_job("waiting", age_s=50)
    make_job("sent", age_s=100)
    make_job("running", age_s=900)
    make_job("waiting", service="umap_service", age_s=10)
    OutboxMessage.objects.create(subject="cmd.x.bulk", idempotency_key="k", body=b"")
    for number, code in enumerate(("corrupt", "corrupt", "empty", "")):
        Analysis.objects.create(
            content_hash=f"{number:064}",
            node_type="analyze_audio",
            node_version=1,
            state="failed" if code else "analyzed",
            code=code,
        )
    told = scrape(client)
    job = [("lane", "bulk"), ("service", "audio_analyzer")]
    assert told["tonotope_jobs", *job, ("state", "waiting")] == 1
    assert told["tonotope_jobs", *job, ("state", "running")] == 1
    assert 100 <= told["tonotope_oldest_waiting_job_age_seconds", *job] < 200
    other = [("lane", "bulk"), ("service", "umap_service")]
    assert 10 <= told["tonotope_oldest_waiting_job_age_seconds", *other] < 100
    assert told["tonotope_outbox_messages",] == 1
    assert told["tonotope_runs", ("state", "scanning")] == 1
    assert told["tonotope_audio_files",] == 1
    assert told["tonotope_analyses", ("state", "failed")] == 3
    assert told["tonotope_failures", ("code", "corrupt")] == 2


def test_an_empty_system_tells_zeros(client, db):
    told = scrape(client)
    assert told["tonotope_outbox_messages",] == told["tonotope_audio_files",] == 0
