"""What the system costs while nobody uses it: CPU and memory of each process after a small folder is done.

    python benchmarks/queue/idle.py [--seconds 60] [--settle 15] [--sounds 8]

Starts ``tonotope explore`` on a folder of a few sounds, waits for its map, lets things come to rest, and
looks twice: with no page open, and with one page that listens for events. CPU is in per cent of one core.
"""

import argparse
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psutil

from benchmarks.queue.parts.processes import Usage, usage_of, wait_until
from benchmarks.queue.parts.sounds import write_one_shots
from launcher.ports import first_free_port
from launcher.web_probe import WebProbe

CPU_BUDGET_PERCENT, MEMORY_BUDGET_MB = 2.0, 600
HOST = "127.0.0.1"


def name_of(process: psutil.Process) -> str:
    """Name a process of the system by its command line; the child of a worker by its parent's."""
    words = process.cmdline()
    if Path(words[0]).name == "nats-server":
        return "nats-server"
    module, *arguments = words[words.index("-m") + 1 :]
    if module == "shared.python.child":
        return f"{name_of(process.parent())} (child)"
    if module in ("launcher", "launcher.supervisor_daemon"):
        return {"launcher": "launcher"}.get(module, "supervisord")
    return f"{module.removeprefix('services.')} {arguments[0]}"


def look(root: psutil.Process) -> dict[int, tuple[str, Usage]]:
    return {
        process.pid: (name_of(process), usage_of(process))
        for process in (root, *root.children(recursive=True))
    }


def measure(root: psutil.Process, *, seconds: float, title: str) -> None:
    """Print a table of what every process used in the next `seconds`."""
    before, began_s = look(root), time.monotonic()
    time.sleep(seconds)
    after, took_s = look(root), time.monotonic() - began_s
    print(f"\n{title} ({took_s:.0f} s)")
    print(f"{'process':32s} {'CPU %':>7s} {'RSS MB':>7s} {'PSS MB':>7s}")
    total = Usage()
    for pid, (name, used) in sorted(after.items(), key=lambda entry: entry[1][0]):
        spent = Usage(used.cpu_s - before.get(pid, ("", Usage()))[1].cpu_s, used.rss_bytes, used.pss_bytes)
        total += spent
        show(name, spent, took_s)
    show("sum", total, took_s)
    print(f"{'budget':32s} {CPU_BUDGET_PERCENT:7.2f} {'':7s} {MEMORY_BUDGET_MB:7d}", flush=True)


def show(name: str, used: Usage, took_s: float) -> None:
    percent = 100 * used.cpu_s / took_s
    print(f"{name:32s} {percent:7.2f} {used.rss_bytes / 1e6:7.0f} {used.pss_bytes / 1e6:7.0f}", flush=True)


def is_done(probe: WebProbe) -> bool:
    run = probe.run("1")  # the first of a new database
    return run is not None and run["state"] in ("done", "failed", "cancelled")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--settle", type=float, default=15)
    parser.add_argument("--sounds", type=int, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tonotope-idle-") as directory:
        folder, data = Path(directory, "sounds"), Path(directory, "data")
        write_one_shots(folder, options.sounds)
        port = first_free_port(HOST, start=18_000)
        launcher = subprocess.Popen(
            [sys.executable, "-m", "launcher", "explore", str(folder), "--no-browser",
             "--data", str(data), "--port", str(port)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ),
        )  # fmt: skip
        try:

            def is_over() -> bool:
                if launcher.poll() is not None:
                    raise RuntimeError(f"tonotope explore ended with exit code {launcher.returncode}")
                return is_done(WebProbe(HOST, port))

            wait_until(is_over, what="the map of the folder", timeout_s=300, look_s=1)
            time.sleep(options.settle)
            root = psutil.Process(launcher.pid)
            measure(root, seconds=options.seconds, title="no page open")
            with closing(http.client.HTTPConnection(HOST, port, timeout=10)) as page:
                page.request("GET", "/api/v1/events", headers={"Accept": "text/event-stream"})
                page.getresponse().read(1)
                time.sleep(options.settle)
                measure(root, seconds=options.seconds, title="one page open")
        finally:
            launcher.send_signal(signal.SIGTERM)
            launcher.wait(30)


if __name__ == "__main__":
    main()
