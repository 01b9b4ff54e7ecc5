"""A short sound in every format that is read: what hostile files are made of."""

import io
from collections.abc import Mapping

import soundfile

from services.audio_analyzer.tests.conftest import FIXTURES, noise

_WRITTEN = (
    ("wav", "WAV", "PCM_16", 22_050),
    ("wav_float", "WAV", "FLOAT", 22_050),
    ("wav_adpcm", "WAV", "MS_ADPCM", 22_050),
    ("rf64", "RF64", "PCM_16", 22_050),
    ("w64", "W64", "PCM_16", 22_050),
    ("aiff", "AIFF", "PCM_24", 22_050),
    ("au", "AU", "PCM_16", 22_050),
    ("caf", "CAF", "PCM_16", 22_050),
    ("caf_alac", "CAF", "ALAC_16", 22_050),
    ("voc", "VOC", "PCM_16", 22_050),
    ("flac", "FLAC", "PCM_16", 22_050),
    ("vorbis", "OGG", "VORBIS", 22_050),
    ("opus", "OGG", "OPUS", 24_000),
    ("mp3", "MP3", "MPEG_LAYER_III", 22_050),
)
_DURATION_S = 0.2
_FIXTURES = (
    "tone.aac", "tone.tta", "tone.wma", "tone_aac.m4a", "tone_aac.mka", "tone_ac3.mka", "tone_alac.m4a",
    "tone_mp3_in_wav.wav", "tone_opus.opus", "tone_opus.webm", "tone_with_cover.mka",
)  # fmt: skip


def written(format: str, subtype: str, rate_hz: int) -> bytes:
    """Encode a fifth of a second of noise."""
    output = io.BytesIO()
    soundfile.write(output, noise(_DURATION_S, rate_hz=rate_hz), rate_hz, format=format, subtype=subtype)
    return output.getvalue()


def specimens() -> Mapping[str, bytes]:
    """Give the bytes of every specimen by its name."""
    return {
        **{name: written(format, subtype, rate_hz) for name, format, subtype, rate_hz in _WRITTEN},
        **{name: (FIXTURES / name).read_bytes() for name in _FIXTURES},
    }


NAMES = (*(name for name, *_ in _WRITTEN), *_FIXTURES)
