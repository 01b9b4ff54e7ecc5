"""What runs in the worker's child process: sounds from their URLs to their results in the blob store."""

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import soundfile

from services.audio_analyzer.analysis import analyze_file
from shared.python.errors import TonotopeError
from shared.python.messages import AnalyzedFile, analysis_key, preview_key
from shared.python.models import AudioFile, FailureCode, Outcome
from shared.python.storage import Storage, blob_url

_WARM_UP_RATE_HZ = 44_100
_REPORT_S = 1.0


def analyze_all(
    files: Sequence[AudioFile], node_version: int, *, report: Callable[[float], None]
) -> tuple[AnalyzedFile, ...]:
    """Measure sounds one after the other, as `analyze` does, and report the fraction that is done."""
    results: list[AnalyzedFile] = []
    reported_at_s = time.monotonic()
    for file in files:
        results.append(analyze(file, node_version))
        if time.monotonic() - reported_at_s > _REPORT_S:
            reported_at_s = time.monotonic()
            report(len(results) / len(files))
    return tuple(results)


def analyze(file: AudioFile, node_version: int) -> AnalyzedFile:
    """Measure a sound and store the result, or give the reason why it cannot be measured.

    A result that is stored already is not computed again: the key depends on the bytes and the version alone.

    Raises
    ------
    UnavailableError, DeniedError
        When the blob store takes no result; the sound itself has no part in that.
    """
    storage = Storage.from_environment()
    key = analysis_key(file.content_hash, node_version)
    if storage.exists(key):
        return AnalyzedFile(
            content_hash=file.content_hash, outcome=Outcome.ANALYZED, result_url=blob_url(key)
        )
    try:
        with storage.local_path(file.url) as path:
            try:
                document, preview = analyze_file(path, content_hash=file.content_hash)
            except TonotopeError as error:
                # Where the bytes happened to lie is nobody's business: people know the file by its name.
                return _failed(
                    file, error, message=error.message.replace(str(path), file.path.split("/")[-1])
                )
    except TonotopeError as error:
        return _failed(file, error, message=error.message)
    # The preview first: where there is a document, everything that it speaks of is there.
    storage.put(preview_key(file.content_hash, node_version), preview)
    url = storage.put(key, document.model_dump_json().encode())
    return AnalyzedFile(content_hash=file.content_hash, outcome=Outcome.ANALYZED, result_url=url)


def _failed(file: AudioFile, error: TonotopeError, *, message: str) -> AnalyzedFile:
    code = FailureCode(error.code) if error.code in set(FailureCode) else FailureCode.UNAVAILABLE
    return AnalyzedFile(content_hash=file.content_hash, outcome=Outcome.FAILED, code=code, message=message)


def warm_up() -> None:
    """Compile what has to be compiled, by listening to a second of noise that is thrown away."""
    noise = np.random.default_rng(0).normal(0, 0.1, (_WARM_UP_RATE_HZ, 2))
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        soundfile.write(file.name, noise, _WARM_UP_RATE_HZ, subtype="PCM_16")
        analyze_file(Path(file.name), content_hash="0" * 64)
