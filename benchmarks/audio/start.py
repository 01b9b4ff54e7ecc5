"""How long a worker takes from its start to its first result: with kernels compiled before, and without.

    python benchmarks/audio/start.py [--rounds 3]

A worker's child process imports the service, warms up and measures one second of sound, as it does for the
queue. The first time its directory for compiled kernels is empty, as on a fresh machine; the other times it
is filled. Last comes a processor without AVX, as far as numba can pretend to have one: everything compiled
anew for that.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import monotonic

from benchmarks.audio.parts import sounds

COLD_BUDGET_S, WARM_BUDGET_S = 20.0, 3.0
FIRST_RESULT = """
import sys
from pathlib import Path
from services.audio_analyzer.jobs import warm_up
from services.audio_analyzer.analysis import analyze_file
warm_up()
analyze_file(Path(sys.argv[1]), content_hash="0" * 64)
"""


def started(path: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Give the seconds that pass and those of CPU until the first result."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), monotonic()
    subprocess.run([sys.executable, "-c", FIRST_RESULT, str(path)], env=os.environ | environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return monotonic() - began, cpu_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = sounds.write(Path(folder, "sound.wav"), sounds.one_shot(1.0, seed=1))
        kept = {"NUMBA_CACHE_DIR": str(Path(folder, "kernels")), "OMP_NUM_THREADS": "1"}
        took_s, cpu_s = started(path, kept)
        print(f"nothing compiled yet: {took_s:.1f} s, {cpu_s:.1f} CPU s (budget {COLD_BUDGET_S:g} s)")
        warm = [started(path, kept) for _ in range(options.rounds)]
        took_s, cpu_s = (median(column) for column in zip(*warm, strict=True))
        print(f"all compiled before:  {took_s:.1f} s, {cpu_s:.1f} CPU s (budget {WARM_BUDGET_S:g} s)")
        size_mb = sum(file.stat().st_size for file in Path(folder, "kernels").rglob("*")) / 1e6
        print(f"compiled kernels take {size_mb:.1f} MB on disk")
        generic = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
        took_s, cpu_s = started(path, kept | generic | {"NUMBA_CACHE_DIR": str(Path(folder, "generic"))})
        print(f"without AVX, nothing compiled yet: {took_s:.1f} s, {cpu_s:.1f} CPU s")


if __name__ == "__main__":
    main()
