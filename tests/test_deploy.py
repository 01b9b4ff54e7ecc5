"""What deploy/ says must fit what the code declares."""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.main_app.jobs.topology import consumers, streams
from services.main_app.settings import QUEUE_WINDOW_JOBS
from shared.python.models import Lane
from tools.parts import ROOT

KEDA = ROOT / "deploy" / "base" / "keda"
SERVICES = sorted(point.name for point in entry_points(group="tonotope.services"))


def scaled_object(service: str) -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((KEDA / f"{service}.yaml").read_text("utf-8"))
    return parsed


def test_every_service_is_scaled() -> None:
    listed = yaml.safe_load((KEDA / "kustomization.yaml").read_text("utf-8"))["resources"]
    there = sorted(path.name for path in KEDA.glob("*.yaml") if path.name != "kustomization.yaml")
    assert listed == there == [f"{service}.yaml" for service in SERVICES]


@pytest.mark.parametrize("service", SERVICES)
def test_a_scaled_object_has_the_form_that_keda_reads(service: str) -> None:
    document = scaled_object(service)
    name = service.replace("_", "-")
    assert (document["apiVersion"], document["kind"]) == ("keda.sh/v1alpha1", "ScaledObject")
    assert document["metadata"]["name"] == document["spec"]["scaleTargetRef"]["name"] == name
    for trigger in document["spec"]["triggers"]:
        assert trigger["type"] == "nats-jetstream"
        assert all(isinstance(value, str) for value in trigger["metadata"].values())  # KEDA takes text alone
        assert trigger["metadata"]["account"] == "$G"


@pytest.mark.parametrize("service", SERVICES)
def test_a_scaled_object_asks_for_what_is_declared(service: str) -> None:
    triggers = [trigger["metadata"] for trigger in scaled_object(service)["spec"]["triggers"]]
    declared = {(stream, consumer.durable_name) for stream, consumer in consumers([service])}
    assert {(each["stream"], each["consumer"]) for each in triggers} <= declared
    assert {each["stream"] for each in triggers} <= {stream.name for stream in streams()}
    assert sorted(each["consumer"] for each in triggers) == sorted(f"{service}_{lane}" for lane in Lane)


@pytest.mark.parametrize("service", SERVICES)
def test_as_many_workers_may_run_as_there_can_be_work_for(service: str) -> None:
    spec = scaled_object(service)["spec"]
    assert spec["minReplicaCount"] >= 1  # a service that never ran has no consumers
    bulk = next(trigger for trigger in spec["triggers"] if trigger["name"] == "bulk")
    assert spec["maxReplicaCount"] * int(bulk["metadata"]["lagThreshold"]) <= QUEUE_WINDOW_JOBS


def test_the_readme_names_what_is_there() -> None:
    readme = (ROOT / "deploy" / "README.md").read_text("utf-8")
    for path in ("base/nats/users.conf", "base/keda"):
        assert f"]({path})" in readme
        assert Path(ROOT / "deploy" / path).exists()
