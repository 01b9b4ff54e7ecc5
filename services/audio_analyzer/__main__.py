"""The command line: ``python -m services.audio_analyzer analyze FILE... --json``, ``worker`` and others."""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from services.audio_analyzer import slice_command
from services.audio_analyzer.embedding import command_line as embedding
from shared.python.errors import TonotopeError

_NOT_HASHED_YET = "0" * 64


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m services.audio_analyzer", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    analyze = commands.add_parser("analyze", help="measure sound files and print what was measured")
    analyze.add_argument("files", nargs="+", type=Path, metavar="FILE")
    analyze.add_argument("--json", action="store_true", help="one JSON object per line and file")
    analyze.add_argument("--full", action="store_true", help="with vector, outline and fingerprint")
    duplicates = commands.add_parser("duplicates", help="print groups of sounds that are nearly the same")
    duplicates.add_argument("files", nargs="+", type=Path, metavar="FILE")
    commands.add_parser("check", help="say what this machine lacks for listening")
    commands.add_parser("worker", help="take commands from the queue until told to stop")
    embedding.add_parser(commands)
    slice_command.add_parser(commands)
    options = parser.parse_args(arguments)
    if options.command == "worker":
        from services.audio_analyzer.worker import main as run_worker

        run_worker()
        return 0
    if options.command == "embed":
        return embedding.run(options)
    if options.command == "slice":
        return slice_command.run(options, tell=print)
    if options.command == "check":
        return _check()
    if options.command == "duplicates":
        return _duplicates(options.files)
    return _analyze(options.files, as_json=options.json, full=options.full)


def _analyze(paths: list[Path], *, as_json: bool, full: bool) -> int:
    n_failed = 0
    for path in paths:
        result = _result(path, full=full)
        n_failed += "error" in result
        print(json.dumps(result, allow_nan=False) if as_json else _readable(result), flush=True)
    return 1 if n_failed == len(paths) else 0


def _result(path: Path, *, full: bool) -> dict[str, Any]:
    from services.audio_analyzer.analysis import analyze_file
    from services.audio_analyzer.report import flat_report

    try:
        # Measured before it is hashed: what cannot be read is told in the analyzer's words.
        document, _ = analyze_file(path, content_hash=_NOT_HASHED_YET)
    except TonotopeError as error:
        return {"path": str(path), "error": {"code": str(error.code), "message": error.message}}
    return {"path": str(path), **flat_report(document, full=full), "content_hash": _content_hash(path)}


def _duplicates(paths: list[Path]) -> int:
    """Print an object for each file that fails, then one for each group; ``same_audio`` to the sample."""
    from services.audio_analyzer.near_duplicates import near_duplicates

    results = [_result(path, full=True) for path in paths]
    for result in results:
        if "error" in result:
            print(json.dumps(result), flush=True)
    for group in near_duplicates([result.get("fingerprint") for result in results]):
        members = [results[i] for i in group.members]
        line = {
            "paths": [member["path"] for member in members],
            "similarity": round(group.similarity, 3),
            "same_audio": len({member["audio_hash"] for member in members}) == 1,
        }
        print(json.dumps(line), flush=True)
    return 1 if all("error" in result for result in results) else 0


def _check() -> int:
    """Print a line for each thing that was looked at; end with 1 when something is missing."""
    from services.audio_analyzer.self_check import findings

    found = list(findings())
    for finding in found:
        print(f"{'ok' if finding.is_good else 'MISSING':8} {finding.name:14} {finding.detail}")
    return 0 if all(finding.is_good for finding in found) else 1


def _content_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _readable(result: dict[str, Any]) -> str:
    if error := result.get("error"):
        return f"{result['path']}\n  {error['code']}: {error['message']}"
    lines = [result.pop("path")]
    lines += [f"  {name:26} {value}" for name, value in result.items() if value is not None]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
