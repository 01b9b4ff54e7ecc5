"""Says what this machine and this installation lack for listening, and how to get it."""

import os
import platform
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import avioflow  # type: ignore[import-untyped]
import soundfile
from numba.core.codegen import get_host_cpu_features

_LIBSNDFILE_FORMATS = frozenset({"WAV", "RF64", "W64", "AIFF", "AU", "CAF", "VOC", "FLAC", "OGG", "MP3"})
_FFMPEG_FORMATS = frozenset({"mov", "matroska", "aac", "asf", "ape", "tta", "wav", "ogg", "mp3"})
_FFMPEG_DECODERS = frozenset({"aac", "alac", "wmav2", "ape", "tta"})
_FOLLOWS_OTHER_FILES = frozenset({"hls", "applehttp", "concat", "dash", "sdp", "rtsp", "imf"})
"""Demuxers that open what a file names."""
_FAST_INSTRUCTIONS = ("avx2", "avx512f")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    detail
        What was found; when it is not as it should be, what to do.
    """

    name: str
    is_good: bool
    detail: str


def findings() -> Iterator[Finding]:
    """Look at everything in turn; takes a few milliseconds once the decoders are loaded."""
    yield _kernel_cache()
    yield _libsndfile()
    yield from _ffmpeg()
    yield _processor()


def _kernel_cache() -> Finding:
    """Where numba keeps compiled kernels: without it, every process compiles them all anew."""
    name = "kernel cache"
    setting = os.environ.get("NUMBA_CACHE_DIR")
    directory = Path(setting) if setting else Path(__file__).parent / "__pycache__"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        problem = f"{directory} cannot be written ({error.strerror})"
        return Finding(name, False, f"{problem}: set NUMBA_CACHE_DIR to a folder that can")
    return Finding(name, True, f"{directory} can be written")


def _libsndfile() -> Finding:
    missing = sorted(_LIBSNDFILE_FORMATS - set(soundfile.available_formats()))
    version = f"libsndfile {soundfile.__libsndfile_version__}"
    if missing:
        return Finding("libsndfile", False, f"{version} reads no {', '.join(missing)}: install 1.2 or later")
    return Finding("libsndfile", True, f"{version}, with MP3")


def _ffmpeg() -> Iterator[Finding]:
    formats = {name for names in avioflow.get_supported_input_formats() for name in names.split(",")}
    decoders = set(avioflow.get_supported_decoders())
    missing = sorted((_FFMPEG_FORMATS - formats) | (_FFMPEG_DECODERS - decoders))
    if missing:
        yield Finding("FFmpeg", False, f"lacks {', '.join(missing)}: install the locked avioflow")
    else:
        yield Finding("FFmpeg", True, f"avioflow, {len(decoders)} decoders, with AAC")
    followers = sorted(_FOLLOWS_OTHER_FILES & formats)
    if followers:
        detail = (
            f"FFmpeg has {', '.join(followers)}, which open what a file names: install the locked avioflow"
        )
        yield Finding("no playlists", False, detail)
    else:
        yield Finding("no playlists", True, "no decoder follows a file to another one")


def _processor() -> Finding:
    """Kernels are compiled for the processor at hand, so none is too old; some take longer."""
    features = get_host_cpu_features().split(",")  # type: ignore[no-untyped-call]
    fast = [name for name in _FAST_INSTRUCTIONS if f"+{name}" in features]
    told = f"with {', '.join(fast)}" if fast else "without AVX2: slower, and nothing is missing"
    return Finding("processor", True, f"{platform.machine()}, {told}")
