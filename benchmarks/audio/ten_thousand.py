"""How much CPU time ten thousand one-second sounds take.

    python benchmarks/audio/ten_thousand.py [--files 10000]

Hits and notes, mono, 44.1 kHz, all different, are measured one after the other by one thread: opened,
decoded, measured, preview and outline made, result written as JSON. Starting and writing the files are not
counted. What the queue adds is measured by `benchmarks/queue/overhead_per_file.py`.
"""

import argparse
import os
import tempfile
from pathlib import Path
from statistics import median
from time import process_time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

from benchmarks.audio.parts import rivals, sounds  # noqa: E402  (threads are counted at the import of numpy)
from services.audio_analyzer.analysis import analyze_file  # noqa: E402

BUDGET_MS = 6.0
AT_ONCE = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    options = parser.parse_args()
    spent_ms: list[float] = []
    limits_ms: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        path = sounds.write(Path(folder, "warm_up.wav"), sounds.one_shot(1.0, seed=0))
        measured(path)
        rivals.limit(path)
        for first in range(0, options.files, AT_ONCE):
            seeds = range(first, min(first + AT_ONCE, options.files))
            paths = [
                sounds.write(Path(folder, f"{seed}.wav"), sounds.one_shot(1.0, seed=seed)) for seed in seeds
            ]
            began = process_time()
            for path in paths:
                measured(path)
            between = process_time()
            for path in paths:
                rivals.limit(path)
            spent_ms.append((between - began) / len(paths) * 1e3)
            limits_ms.append((process_time() - between) / len(paths) * 1e3)
            for path in paths:
                path.unlink()
    mean_ms = sum(spent_ms) / len(spent_ms)
    print(
        f"{options.files} files: {mean_ms * options.files / 1e3:.1f} CPU s. In runs of {AT_ONCE} "
        f"files, one takes {min(spent_ms):.2f} to {max(spent_ms):.2f} ms, median {median(spent_ms):.2f} ms "
        f"(budget {BUDGET_MS:g}); decoding, resampling and one STFT alone: {median(limits_ms):.2f} ms"
    )


def measured(path: Path) -> str:
    document, _ = analyze_file(path, content_hash="0" * 64)
    return document.model_dump_json()


if __name__ == "__main__":
    main()
