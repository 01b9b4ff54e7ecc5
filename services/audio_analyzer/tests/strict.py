"""Preloaded into a worker's child: what is measured must be numbers, for JSON would turn NaN into null."""

import json
from pathlib import Path

from services.audio_analyzer import jobs
from shared.python.models import AnalysisDocument

_analyze_file = jobs.analyze_file


def analyze_file(path: Path, *, content_hash: str) -> tuple[AnalysisDocument, bytes]:
    document, preview = _analyze_file(path, content_hash=content_hash)
    json.dumps(document.model_dump(mode="python"), allow_nan=False)
    return document, preview


jobs.analyze_file = analyze_file  # type: ignore[assignment]
