"""What every decoder tells about a sound, and gives."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from services.audio_analyzer.stft import FloatArray


@dataclass(frozen=True, slots=True)
class Format:
    """What the decoder found.

    Attributes
    ----------
    bit_depth
        Of the stored samples; ``None`` for lossy codecs.
    n_frames
        What the header promises at least; ``None`` when it promises nothing.
    """

    codec: str
    channels: int
    sample_rate_hz: int
    bit_depth: int | None
    n_frames: int | None


class Decoder(Protocol):
    """One open sound."""

    format: Format

    def blocks(self) -> Iterator[FloatArray]:
        """Give the samples in order, each block [shape=(n_frames, n_channels), float32].

        Raises
        ------
        CorruptError, UnsupportedError
            When the decoder cannot go on. What it gave before is good.
        """
