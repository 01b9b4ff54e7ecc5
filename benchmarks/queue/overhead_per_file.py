"""What one file costs apart from its analysis: CPU time of queue, outbox, inbox and rows.

    python benchmarks/queue/overhead_per_file.py [--files 3000] [--slots 1]

Runs the embedded system's own processes over a folder of one-shots, all different, and divides the CPU time
of each by the number of files. Starting up is not counted. What is no part of the budget is shown below the
line: listening to the sounds, laying them out, and reading the folder.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.queue.parts.processes import CHILDREN, Programs, programs, wait_until
from benchmarks.queue.parts.sounds import write_one_shots
from benchmarks.queue.parts.system import plan_system, use_database

BUDGET_MS = 1.0
ACCOUNTED = ("sync", "consumer")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=3000)
    parser.add_argument("--slots", type=int, default=1, help="how many sounds are listened to at once")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tonotope-overhead-") as directory:
        folder, data = Path(directory, "sounds"), Path(directory, "data")
        write_one_shots(folder, options.files)
        spent_s, took_s = run(folder, data, slots=options.slots)
    report(spent_s, n_files=options.files, took_s=took_s)
    print(f"the same machine counts to a million in {counting_ms():.0f} ms of CPU")


def run(folder: Path, directory: Path, *, slots: int) -> tuple[dict[str, float], float]:
    """Analyse a folder; give the CPU seconds of every process and account, and how long it took."""
    data, plan = plan_system(directory, folders=[folder])
    use_database(plan)
    from services.main_app.nodes.models import NodeType
    from services.main_app.pipelines.graph import default_pipeline
    from services.main_app.pipelines.register import add_source
    from services.main_app.pipelines.runs import outcome_counts, start_run

    with programs(directory) as running:
        for program in plan.programs:
            if program.name == "web":
                continue
            command = None
            if program.name in ACCOUNTED:
                module = "benchmarks.queue.parts.accounted"
                command = (
                    sys.executable,
                    "-m",
                    module,
                    str(data.root / f"{program.name}.json"),
                    program.name,
                )
            running.start(
                program.name,
                command or program.command,
                environment={**program.environment, "WORKER_SLOTS": str(slots)},
            )
        wanted = {node.type for node in default_pipeline().nodes if node.type != "source"}
        wait_until(
            lambda: wanted <= set(NodeType.objects.values_list("type", flat=True)), what="the services"
        )
        time.sleep(2)
        before, began_s = running.usage(), time.monotonic()
        source, _ = add_source(provider="local_folder", config={"folder": str(folder)})
        run = start_run(source)

        def is_over() -> bool:
            running.require_alive()
            run.refresh_from_db()
            return run.state in run.FINAL_STATES

        wait_until(is_over, what="the end of the run", timeout_s=1800, look_s=0.5)
        after, took_s = running.usage(), time.monotonic() - began_s
        counts = outcome_counts(run)
        if counts["analyzed"] != counts["files"]:
            raise RuntimeError(f"not all was analysed: {counts}")
        spent_s = {
            name: used.cpu_s - (before[name].cpu_s if name in before else 0.0) for name, used in after.items()
        }
        _stop(running)
    for name in ACCOUNTED:
        for account, seconds in json.loads((data.root / f"{name}.json").read_text()).items():
            spent_s[f"{name}: {account}"] = seconds
    return spent_s, took_s


def _stop(running: Programs) -> None:
    for name in ACCOUNTED:
        running.stop(name)


def report(spent_s: dict[str, float], *, n_files: int, took_s: float) -> None:
    sync_rest = spent_s["sync"] - sum(s for name, s in spent_s.items() if name.startswith("sync: "))
    consumer_layouts = spent_s.get("consumer: layouts", 0.0)
    counted = {
        "publisher": spent_s["publisher"],
        "nats-server": spent_s["queue"],
        "worker, parent": spent_s["audio_analyzer"],
        "consumer": spent_s["consumer"] - consumer_layouts,
        "sync, rows of files": spent_s.get("sync: file rows", 0.0),
        "sync, outcomes, jobs and outbox": spent_s.get("sync: intake", 0.0),
        "reconciler": spent_s["reconciler"],
    }
    inside = {
        f"  {account}": spent_s[f"consumer: {account}"]
        for account in ("inbox and job row", "result rows", "moving runs on")
        if f"consumer: {account}" in spent_s
    }
    apart = {
        "worker, children (the analysis)": spent_s["audio_analyzer" + CHILDREN],
        "sync, reading the folder": sync_rest,
        "consumer, layouts": consumer_layouts,
        "umap_service": sum(s for name, s in spent_s.items() if name.startswith("umap_service")),
    }
    print(f"{n_files} files in {took_s:.1f} s{'':24s}CPU s   ms/file")
    for name, seconds in counted.items():
        _row(name, seconds, n_files)
        if name == "consumer":
            for part, spent in inside.items():
                _row(part, spent, n_files)
    total = sum(counted.values())
    _row("sum", total, n_files)
    print(f"{'budget':46s}{'':8s}{BUDGET_MS:10.3f}")
    print("apart from that")
    for name, seconds in apart.items():
        _row(name, seconds, n_files)


def counting_ms() -> float:
    """Give the CPU time of a loop that anybody can repeat: busy machines make all of it longer."""
    began_s, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number
    return 1000 * (time.process_time() - began_s)


def _row(name: str, seconds: float, n_files: int) -> None:
    print(f"{name:46s}{seconds:8.2f}{1000 * seconds / n_files:10.3f}", flush=True)


if __name__ == "__main__":
    main()
