"""Jobs over HTTP: what they are at, what went wrong with them, once more, and no more."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from services.main_app.jobs.lifecycle import create_job, finish, mark_sent
from services.main_app.jobs.models import DeadLetter, Incident, Job, OutboxMessage
from services.main_app.jobs.outbox import lane_key
from services.main_app.pipelines.runs import start_run
from services.main_app.tests.made_services import fail, job_of, scanned, write
from shared.python.messages import ClusterSounds
from shared.python.models import Lane

pytestmark = pytest.mark.django_db


def make_job(state="waiting", *, service="audio_analyzer", lane="bulk", run_id=None, age_s=0.0, **more):
    job = Job.objects.create(
        node="descriptors",
        service=service,
        lane=lane,
        command="AnalyzeAudio",
        payload={"files": []},
        state=state,
        run_id=run_id,
        **more,
    )
    decided_at = timezone.now() - timedelta(seconds=age_s)
    Job.objects.filter(pk=job.pk).update(created_at=decided_at)
    if state == "waiting":
        key = lane_key(service, lane)
        row = OutboxMessage.objects.create(
            subject=f"cmd.{key}", idempotency_key=job.id, body=b"", lane_key=key, job=job
        )
        OutboxMessage.objects.filter(pk=row.pk).update(created_at=decided_at)
    return job


def sent_job():
    payload = {"layout_url": "blob:a", "output_prefix": "b", "parameters": {}}
    job = create_job(
        ClusterSounds, service="umap_service", lane=Lane.BULK, node="clusters", payload=payload, run_id=None
    )
    mark_sent([(row, 7) for row in job.outbox.all()])
    return job


class TestList:
    @pytest.fixture
    def jobs(self):
        """Seven jobs in several groups, the first the newest."""
        return [
            make_job(state, service=service, lane=lane, run_id=run_id, age_s=10 * age)
            for age, (state, service, lane, run_id) in enumerate(
                [
                    ("failed", "audio_analyzer", "bulk", 1),
                    ("waiting", "umap_service", "interactive", 1),
                    ("failed", "umap_service", "bulk", 2),
                    ("done", "audio_analyzer", "bulk", 1),
                    ("failed", "audio_analyzer", "bulk", 2),
                    ("running", "audio_analyzer", "bulk", 2),
                    ("done", "audio_analyzer", "interactive", None),
                ]
            )
        ]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", [0, 1, 2, 3, 4, 5, 6]),
            ("state=failed", [0, 2, 4]),
            ("run_id=1", [0, 1, 3]),
            ("service=umap_service", [1, 2]),
            ("lane=interactive", [1, 6]),
            ("state=failed&run_id=2&service=audio_analyzer&lane=bulk", [4]),
            ("run_id=7", []),
            ("service=nobody", []),
        ],
    )
    def test_jobs_are_chosen_and_stand_newest_first(self, client, jobs, query, expected):
        told = client.get(f"/api/v1/jobs?{query}").json()
        assert [job["id"] for job in told["jobs"]] == [jobs[place].id for place in expected]
        assert told["total"] == len(expected)

    def test_pages_follow_each_other(self, client, jobs):
        pages = [client.get(f"/api/v1/jobs?offset={offset}&limit=3").json() for offset in (0, 3, 6, 9)]
        assert [page["total"] for page in pages] == [7] * 4
        assert [job["id"] for page in pages for job in page["jobs"]] == [job.id for job in jobs]

    def test_a_job_says_how_it_is_going(self, client):
        job = make_job("running", n_files=16, attempt=2, last_attempt=3, delivery=2, fraction=0.25)
        for kind in ("resent", "redelivered"):
            Incident.objects.create(kind=kind, job_id=job.id, service=job.service, lane=job.lane)
        [told] = client.get("/api/v1/jobs").json()["jobs"]
        assert {name: told[name] for name in ("id", "command", "node", "service", "lane", "n_files")} == {
            "id": job.id,
            "command": "AnalyzeAudio",
            "node": "descriptors",
            "service": "audio_analyzer",
            "lane": "bulk",
            "n_files": 16,
        }
        assert (told["state"], told["attempt"], told["last_attempt"], told["delivery"]) == (
            "running",
            2,
            3,
            2,
        )
        assert (told["fraction"], told["incidents"], told["finished_at"]) == (0.25, 2, None)
        assert "payload" not in told

    @pytest.mark.parametrize(
        "query", ["state=lost", "lane=fast", "run_id=x", "offset=-1", "offset=10001", "limit=0", "limit=501"]
    )
    def test_what_cannot_be_asked_for(self, client, query):
        refused = client.get(f"/api/v1/jobs?{query}")
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")

    @pytest.mark.parametrize("query", ["", "state=failed", "run_id=1", "service=umap_service"])
    def test_no_query_looks_at_every_job(self, client, jobs, query):
        if connection.vendor != "sqlite":
            pytest.skip("other databases choose by statistics that a small table does not have")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/api/v1/jobs?{query}")
            client.get("/api/v1/jobs/summary")
        with connection.cursor() as cursor:
            for query_of in queries:
                cursor.execute(f"EXPLAIN QUERY PLAN {query_of['sql']}")
                plan = " ".join(step for *_, step in cursor.fetchall())
                assert "SCAN jobs_job" not in plan or "COVERING INDEX" in plan, (query_of["sql"], plan)


class TestOne:
    def test_a_job_tells_its_story(self, client):
        job = make_job("failed", message="The file made its reader crash", detail="Traceback …")
        Job.objects.filter(pk=job.pk).update(payload={"files": [{"path": "a.wav"}, {"path": "b/c.wav"}]})
        other = make_job("failed")
        for kind, owner in (("redelivered", job), ("dead", job), ("dead", other)):
            Incident.objects.create(
                kind=kind, job_id=owner.id, service=job.service, lane=job.lane, detail=f"{kind}!"
            )
        DeadLetter.objects.create(subject="cmd.audio_analyzer.bulk", job_id=job.id, reason="why", body=b"x")
        told = client.get(f"/api/v1/jobs/{job.id}").json()
        assert (told["message"], told["detail"]) == ("The file made its reader crash", "Traceback …")
        assert told["paths"] == ["a.wav", "b/c.wav"]
        assert [(incident["kind"], incident["detail"]) for incident in told["history"]] == [
            ("dead", "dead!"),
            ("redelivered", "redelivered!"),
        ]
        assert told["incidents"] == 2
        [letter] = told["dead_letters"]
        assert (letter["subject"], letter["reason"]) == ("cmd.audio_analyzer.bulk", "why")

    def test_a_job_that_is_not_there(self, client):
        for method, what in (("get", ""), ("post", "/retry"), ("post", "/cancel")):
            missing = getattr(client, method)(f"/api/v1/jobs/{'0' * 32}{what}")
            assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


class TestSummary:
    def test_every_lane_is_summed_up(self, client):
        make_job("waiting", age_s=50)
        make_job("sent", age_s=100)
        make_job("running", age_s=900)
        for _ in range(3):
            make_job("done")
        make_job("failed", service="umap_service", lane="interactive")
        for kind in ("resent", "redelivered", "outdated", "dead", "dead"):
            Incident.objects.create(kind=kind, service="audio_analyzer", lane="bulk")
        Incident.objects.create(kind="dead", service="search_service", lane="bulk")
        analyzer, searcher, umap = client.get("/api/v1/jobs/summary").json()
        assert 100 <= analyzer.pop("oldest_waiting_s") < 200
        assert analyzer == {
            "service": "audio_analyzer",
            "lane": "bulk",
            "waiting": 1,
            "sent": 1,
            "running": 1,
            "done": 3,
            "failed": 0,
            "cancelled": 0,
            "dead_letters": 2,
            "resent": 1,
            "redelivered": 1,
            "outdated": 1,
        }
        assert (searcher["service"], searcher["dead_letters"], searcher["done"]) == ("search_service", 1, 0)
        assert (umap["lane"], umap["failed"], umap["oldest_waiting_s"]) == ("interactive", 1, None)

    def test_nothing_was_ever_done(self, client):
        assert client.get("/api/v1/jobs/summary").json() == []


class TestDeadLetters:
    def test_they_stand_newest_first_and_name_their_jobs(self, client):
        job = make_job("failed")
        for reason, job_id in (("crashed", job.id), ("forgotten", "f" * 32), ("no message at all", "")):
            DeadLetter.objects.create(
                subject="cmd.audio_analyzer.bulk", job_id=job_id, reason=reason, body=b"{"
            )
        told = client.get("/api/v1/jobs/dead_letters").json()
        assert told["total"] == 3
        letters = [
            (letter["reason"], letter["job_id"], letter["command"], letter["state"])
            for letter in told["dead_letters"]
        ]
        assert letters == [
            ("no message at all", None, None, None),
            ("forgotten", "f" * 32, None, None),
            ("crashed", job.id, "AnalyzeAudio", "failed"),
        ]
        page = client.get("/api/v1/jobs/dead_letters?offset=1&limit=1").json()
        assert ([letter["reason"] for letter in page["dead_letters"]], page["total"]) == (["forgotten"], 3)


class TestOnceMore:
    def test_one_call_sends_a_job_again(self, client):
        job = sent_job()
        finish(job.id, attempt=1, state=Job.State.FAILED, code="crashed", message="broken")
        told = client.post(f"/api/v1/jobs/{job.id}/retry").json()["job"]
        assert (told["id"], told["state"], told["attempt"], told["last_attempt"]) == (job.id, "waiting", 2, 4)
        assert (told["message"], told["finished_at"], job.outbox.count()) == ("", None, 1)

    def test_a_layout_gets_a_new_job(self, client, world, source, folder):
        write(folder, "a")
        scanned(source)
        world.do(job_of("AnalyzeAudio"))
        layout = job_of("LayOutSounds")
        fail(world, layout)
        told = client.post(f"/api/v1/jobs/{layout.id}/retry").json()["job"]
        assert (told["command"], told["state"], told["id"] != layout.id) == ("LayOutSounds", "waiting", True)

    def test_a_map_that_is_up_to_date_needs_no_job(self, client, world, source, folder):
        write(folder, "a")
        scanned(source)
        world.do(job_of("AnalyzeAudio"))
        layout = job_of("LayOutSounds")
        fail(world, layout)
        start_run(source)
        world.do_all()
        assert client.post(f"/api/v1/jobs/{layout.id}/retry").json() == {"job": None}

    def test_what_is_done_is_refused(self, client):
        job = make_job("done")
        refused = client.post(f"/api/v1/jobs/{job.id}/retry")
        assert refused.status_code == 409
        assert refused.json() == {
            "code": "conflict",
            "message": "This job is done: there is nothing to try again.",
        }

    def test_a_job_is_cancelled(self, client):
        job = sent_job()
        told = client.post(f"/api/v1/jobs/{job.id}/cancel").json()
        assert (told["id"], told["state"]) == (job.id, "cancelled")
        assert told["finished_at"] is not None
        refused = client.post(f"/api/v1/jobs/{job.id}/cancel")
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
