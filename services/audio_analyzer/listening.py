"""What every node of this service does in the child: from a sound's URL to its result in the blob store."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from shared.python.errors import TonotopeError
from shared.python.messages import AnalyzedFile
from shared.python.models import AudioFile, FailureCode, Outcome
from shared.python.storage import Storage, blob_url

_REPORT_S = 1.0


def listen(file: AudioFile, *, key: str, hear: Callable[[Path], Mapping[str, bytes]]) -> AnalyzedFile:
    """Hear a sound and store what comes of it, or give the reason why it cannot be heard.

    A result that is stored already is not computed again.

    Parameters
    ----------
    key
        Where the result belongs: it depends on the sound's bytes and the node's version alone.
    hear
        Takes the path of the sound and gives blobs by their keys, the result last: they are written in this
        order, and where the result is, everything that it speaks of is there.

    Raises
    ------
    UnavailableError, DeniedError
        When the blob store takes no result; the sound itself has no part in that.
    """
    storage = Storage.from_environment()
    if not storage.exists(key):
        try:
            with storage.local_path(file.url) as path:
                try:
                    blobs = hear(path)
                except TonotopeError as error:
                    # Where the bytes happened to lie is nobody's business: people know the file by its name.
                    name = file.path.split("/")[-1]
                    return _failed(file, error, message=error.message.replace(str(path), name))
        except TonotopeError as error:
            return _failed(file, error, message=error.message)
        for blob_key, content in blobs.items():
            storage.put(blob_key, content)
    return AnalyzedFile(content_hash=file.content_hash, outcome=Outcome.ANALYZED, result_url=blob_url(key))


def _failed(file: AudioFile, error: TonotopeError, *, message: str) -> AnalyzedFile:
    code = FailureCode(error.code) if error.code in set(FailureCode) else FailureCode.UNAVAILABLE
    return AnalyzedFile(content_hash=file.content_hash, outcome=Outcome.FAILED, code=code, message=message)


def listen_to_all(
    files: Sequence[AudioFile],
    listen_to: Callable[[AudioFile], AnalyzedFile],
    *,
    report: Callable[[float], None],
) -> tuple[AnalyzedFile, ...]:
    """Listen to sounds one after the other, and report now and then the fraction that is done."""
    results: list[AnalyzedFile] = []
    reported_at_s = time.monotonic()
    for file in files:
        results.append(listen_to(file))
        if time.monotonic() - reported_at_s > _REPORT_S:
            reported_at_s = time.monotonic()
            report(len(results) / len(files))
    return tuple(results)
