"""Preloaded into a worker's child: sounds named so crash, hang or burst it, as a broken decoder would."""

import os
import time

from services.audio_analyzer import jobs
from shared.python.messages import AnalyzedFile
from shared.python.models import AudioFile

_analyze = jobs.analyze


def analyze(file: AudioFile, node_version: int) -> AnalyzedFile:
    if "crash" in file.path:
        os.abort()
    if "hang" in file.path:
        time.sleep(600)
    if "burst" in file.path:
        raise MemoryError
    return _analyze(file, node_version)


jobs.analyze = analyze
