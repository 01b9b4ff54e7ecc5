import json
import threading

import pytest
from django.db import connection

from services.main_app.__main__ import main
from services.main_app.pipelines.models import Run, RunItem
from services.main_app.tests.made_maps import add_files, add_sounds, lay_out, wav


def report(capsys, *arguments):
    assert main(["run_report", *arguments]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_report_has_the_run_its_failures_and_the_map(capsys, source, run, blobs):
    add_sounds(source, blobs, n=5)
    (broken,) = add_files(source, {"broken.wav": wav(99)})
    RunItem.objects.create(run=run, audio_file=broken, outcome="failed", code="corrupt", message="No sense")
    lay_out(source, run_id=run.pk)
    told = report(capsys, str(run.pk))
    assert (told["id"], told["state"], told["failed"]) == (run.pk, "scanning", 1)
    assert told["failures"] == [{"path": "broken.wav", "code": "corrupt", "message": "No sense"}]
    assert told["map"] == {"id": source.sound_map.pk, "points": 5}


@pytest.mark.django_db(transaction=True)
def test_it_waits_until_the_run_is_over(capsys, run):
    def end() -> None:
        Run.objects.update(state=Run.State.DONE)
        connection.close()

    ending = threading.Timer(0.6, end)
    ending.start()
    assert report(capsys, str(run.pk), "--wait")["state"] == "done"
    ending.join()


def test_a_run_that_is_not_there(capsys, db):
    assert main(["run_report", "77"]) == 1
    assert "no run 77" in capsys.readouterr().err
