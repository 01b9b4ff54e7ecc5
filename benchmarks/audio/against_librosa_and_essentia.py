"""How much CPU time a sound takes beside librosa, Essentia, and the bare minimum.

    python benchmarks/audio/against_librosa_and_essentia.py [--rounds 5] [--groups song_wav …]
    uv run --no-sync --with essentia python benchmarks/audio/against_librosa_and_essentia.py

All programs run in this process with one thread, one after the other in each round, over the same files,
after a first pass that compiles. Times are CPU seconds for a whole group of files; ratios of medians are what
to look at. Essentia is licensed under the AGPL and no part of this project: it takes part when it is
installed.

The limit is decoding, mixing down, resampling and one short-time Fourier transform, and nothing else.
"""

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

from benchmarks.audio.parts import rivals, sounds  # noqa: E402  (threads are counted at the import of numpy)
from services.audio_analyzer.analysis import analyze_file  # noqa: E402

NO_HASH = "0" * 64
GROUPS = ("song_wav", "song_mp3", "loops_wav", "loops_mp3", "one_shots_wav", "one_shots_mp3")
Program = Callable[[Path], None]


def written(group: str, folder: Path) -> list[Path]:
    """Write the files of a group: one song of 60 s, four loops of 8 s, or ten one-shots of 0.2 to 2 s."""
    kind, ending = group.rsplit("_", 1)
    if kind == "song":
        parts = [sounds.music(60.0, bpm=112, seed=1)]
    elif kind == "loops":
        parts = [sounds.music(8.0, bpm=90 + 15 * seed, seed=seed) for seed in range(4)]
    else:
        parts = [sounds.one_shot(0.2 * (seed + 1), seed=seed) for seed in range(10)]
    return [sounds.write(folder / group / f"{number}.{ending}", part) for number, part in enumerate(parts)]


def ours(path: Path) -> None:
    analyze_file(path, content_hash=NO_HASH)


def cpu_seconds(program: Program, paths: list[Path]) -> float:
    began = process_time()
    for path in paths:
        program(path)
    return process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--groups", nargs="+", default=GROUPS, choices=GROUPS)
    parser.add_argument("--without-pyin", action="store_true", help="leave out what takes by far the longest")
    options = parser.parse_args()
    programs: dict[str, Program] = {"ours": ours, "limit": rivals.limit}
    programs["librosa, yin"] = lambda path: rivals.librosa_once_per_feature(path, pitch="yin")
    if not options.without_pyin:
        programs["librosa, pyin"] = lambda path: rivals.librosa_once_per_feature(path, pitch="pyin")
    if rivals.essentia_is_there():
        programs["Essentia"] = rivals.essentia_music_extractor
    else:
        print("Essentia is not installed, so it takes no part (its licence is the AGPL).")
    print(f"| CPU s | {' | '.join(programs)} | {' | '.join(f'x {name}' for name in list(programs)[1:])} |")
    with tempfile.TemporaryDirectory() as folder:
        for group in options.groups:
            compare(group, written(group, Path(folder)), programs, rounds=options.rounds)


def compare(group: str, paths: list[Path], programs: dict[str, Program], *, rounds: int) -> None:
    for program in programs.values():
        program(paths[-1])
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, program in programs.items():
            seconds[name].append(cpu_seconds(program, paths))
    medians = {name: median(times) for name, times in seconds.items()}
    columns = [f"{value:.4f}" for value in medians.values()]
    for name, value in list(medians.items())[1:]:
        # The limit is below us, the others above.
        ratio = medians["ours"] / value if name == "limit" else value / medians["ours"]
        columns.append(f"{ratio:.1f}")
    print(f"| {group.replace('_', ' ')} | {' | '.join(columns)} |", flush=True)


if __name__ == "__main__":
    main()
