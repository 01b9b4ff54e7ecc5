"""What runs in the worker's child process: sounds from their URLs to their results in the blob store."""

import logging
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

from services.audio_analyzer.analysis import analyze_file
from services.audio_analyzer.listening import listen, listen_to_all
from services.audio_analyzer.self_check import findings
from shared.python.messages import AnalyzedFile, analysis_key, preview_key
from shared.python.models import AudioFile

_WARM_UP_RATE_HZ = 44_100

log = logging.getLogger(__name__)


def analyze_all(
    files: Sequence[AudioFile], node_version: int, *, report: Callable[[float], None]
) -> tuple[AnalyzedFile, ...]:
    """Measure sounds one after the other, as `analyze` does, and report the fraction that is done."""
    return listen_to_all(files, lambda file: analyze(file, node_version), report=report)


def analyze(file: AudioFile, node_version: int) -> AnalyzedFile:
    """Measure a sound and store its document and its preview, or give the reason why it cannot be measured.

    Raises
    ------
    UnavailableError, DeniedError
        When the blob store takes no result.
    """
    key = analysis_key(file.content_hash, node_version)
    return listen(file, key=key, hear=partial(_measured, file.content_hash, node_version))


def _measured(content_hash: str, node_version: int, path: Path) -> Mapping[str, bytes]:
    document, preview = analyze_file(path, content_hash=content_hash)
    return {
        preview_key(content_hash, node_version): preview,
        analysis_key(content_hash, node_version): document.model_dump_json().encode(),
    }


def warm_up() -> None:
    """Say what this machine lacks, and compile what has to be, by listening to a second of noise."""
    for finding in findings():
        if not finding.is_good:
            log.warning("%s: %s", finding.name, finding.detail)
    noise = np.random.default_rng(0).normal(0, 0.1, (_WARM_UP_RATE_HZ, 2))
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        soundfile.write(file.name, noise, _WARM_UP_RATE_HZ, subtype="PCM_16")
        analyze_file(Path(file.name), content_hash="0" * 64)
