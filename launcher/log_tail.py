"""Reads the last lines of a log file: what to show when a program does not run."""

import os
from pathlib import Path

_MAX_BYTES = 8192


class LogTail:
    """The lines that were written after this object was made."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._start = path.stat().st_size if path.exists() else 0

    def lines(self, limit: int = 15) -> list[str]:
        """Give at most the last `limit` lines; none when there is no file."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                # A file that became smaller was rotated: all of it is new.
                start = self._start if size >= self._start else 0
                file.seek(max(start, size - _MAX_BYTES))
                text = file.read().decode(errors="replace")
        except FileNotFoundError:
            return []
        return text.splitlines()[-limit:]
