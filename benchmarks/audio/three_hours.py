"""How much memory and time a file of three hours takes.

    python benchmarks/audio/three_hours.py [--minutes 180]

The file is a stereo FLAC of 44.1 kHz, the same minute of music over and over at changing levels. It is
measured in a process of its own, whose peak resident memory the operating system tells.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.audio.parts import sounds

BUDGET_MB = 300
# The highest resident memory of the process itself: getrusage counts its parent's in, from before it began.
MEASURED = """
import sys
from pathlib import Path
from services.audio_analyzer.analysis import analyze_file
analyze_file(Path(sys.argv[1]), content_hash="0" * 64)
print(next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line))
"""


def write_long_file(path: Path, minutes: int) -> None:
    minute = sounds.music(60.0, bpm=112, seed=1)
    rng = np.random.default_rng(0)
    with soundfile.SoundFile(path, "w", sounds.RATE_HZ, 2, subtype="PCM_16", compression_level=0.0) as file:
        for _ in range(minutes):
            file.write(minute * np.float32(rng.uniform(0.2, 1.0)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=180)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "long.flac")
        write_long_file(path, options.minutes)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-c", MEASURED, str(path)]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    peak_mb = int(told.split()[-1]) / 1024
    print(
        f"{options.minutes} minutes: peak resident memory {peak_mb:.0f} MB "
        f"(budget {BUDGET_MB}), {spent_s:.1f} CPU s"
    )


if __name__ == "__main__":
    main()
