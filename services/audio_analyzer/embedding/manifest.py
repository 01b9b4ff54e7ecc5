"""What a person says about an embedding model of theirs: the file ``NAME.toml`` beside ``NAME.onnx``.

It tells how a sound becomes the model's input and how the model's output becomes one vector. Field by field,
with an example: ``docs/embedding_models.md``.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared.python.errors import ConfigError

LONGEST_WINDOW_S = 60.0

InputAxis = Literal["window", "channel", "sample", "mel", "frame"]
OutputAxis = Literal["window", "frame", "dimension"]


class _Table(BaseModel):
    """A table of the manifest. What is not known is refused: a misspelt field would be silently ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WaveformInput(_Table):
    """The model hears the samples themselves.

    Attributes
    ----------
    axes
        The axes of its input tensor, in order; ``sample`` among them.
    full_scale
        What the model takes for the loudest sample: 1 for most, 32768 for those that want 16-bit integers.
    """

    kind: Literal["waveform"]
    axes: tuple[InputAxis, ...] = ("window", "sample")
    full_scale: float = Field(default=1.0, gt=0)

    @model_validator(mode="after")
    def _axes_fit(self) -> Self:
        _require_axes(self.axes, needed={"sample"}, optional={"window", "channel"})
        return self


class MelInput(_Table):
    """The model sees a mel spectrogram of each window.

    Attributes
    ----------
    axes
        The axes of its input tensor, in order; ``mel`` and ``frame`` among them.
    n_fft, window_samples, hop_samples
        Length of the transform, of the periodic Hann window (`n_fft` when left out) and of the step.
    padding
        What stands before and behind each window, half a Hann window of it, so that frame t is centred on
        sample ``t * hop_samples``: ``zeros`` (librosa) or ``reflect`` (torchaudio). ``none``: the first frame
        begins with sample 0.
    power
        1 for magnitudes, 2 for power.
    scale, norm
        ``slaney`` or ``htk`` mels; triangles of equal area (``slaney``) or of equal height (``none``).
    triangles
        Over which frequencies their sides are straight: ``hz`` (librosa, torchaudio), ``mel`` (TensorFlow).
    log
        ``none``; ``natural``: ln(max(mel, floor) + offset); ``decibel``: ten times their common logarithm.
    mean, std
        Subtracted from, then divided into every value, last of all.
    """

    kind: Literal["mel"]
    axes: tuple[InputAxis, ...] = ("window", "mel", "frame")
    n_mels: int = Field(ge=1, le=1024)
    n_fft: int = Field(ge=16, le=65_536)
    window_samples: int | None = Field(default=None, ge=2)
    hop_samples: int = Field(ge=1)
    f_min_hz: float = Field(default=0.0, ge=0)
    f_max_hz: float | None = Field(default=None, gt=0)
    padding: Literal["none", "zeros", "reflect"] = "zeros"
    power: Literal[1, 2] = 2
    scale: Literal["slaney", "htk"] = "slaney"
    norm: Literal["slaney", "none"] = "slaney"
    triangles: Literal["hz", "mel"] = "hz"
    log: Literal["none", "natural", "decibel"] = "natural"
    floor: float = Field(default=1e-10, ge=0)
    offset: float = Field(default=0.0, ge=0)
    mean: float = 0.0
    std: float = Field(default=1.0, gt=0)

    @property
    def hann_samples(self) -> int:
        return self.n_fft if self.window_samples is None else self.window_samples

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        _require_axes(self.axes, needed={"mel", "frame"}, optional={"window", "channel"})
        if self.hann_samples > self.n_fft:
            raise ValueError(f"window_samples = {self.window_samples} is more than n_fft = {self.n_fft}")
        if self.f_max_hz is not None and self.f_max_hz <= self.f_min_hz:
            raise ValueError(f"f_max_hz = {self.f_max_hz:g} is not above f_min_hz = {self.f_min_hz:g}")
        if self.log != "none" and self.floor + self.offset <= 0:
            raise ValueError("the logarithm of silence is infinite: give a floor or an offset above 0")
        return self


class Output(_Table):
    """How the output becomes one vector for a sound.

    Attributes
    ----------
    name
        Of the output tensor; may be left out where the model has only one.
    axes
        Its axes, in order; ``dimension`` among them. ``frame`` counts moments within a window.
    pooling
        The mean or the maximum over all moments of all windows.
    normalise
        ``l2``: to length 1, so that the distance of two sounds depends on the angle between them alone.
    """

    name: str | None = None
    axes: tuple[OutputAxis, ...] = ("window", "dimension")
    pooling: Literal["mean", "max"] = "mean"
    normalise: Literal["l2", "none"] = "l2"

    @model_validator(mode="after")
    def _axes_fit(self) -> Self:
        _require_axes(self.axes, needed={"dimension"}, optional={"window", "frame"})
        return self


class Manifest(_Table):
    """All that has to be known about a model.

    Attributes
    ----------
    title
        What people see.
    window_s, window_samples
        The model hears a sound in windows of this length: one of both is given.
    hop_s, hop_samples
        How far one window begins after the last; where that one ends, when neither is given.
    channels
        ``mono``: the mean of the channels. ``stereo``: left and right; of a sound with one channel, or with
        more than two, twice the mean.
    sha256
        Of the model file: when it is given, no other file passes for the model.
    """

    title: str = Field(min_length=1, max_length=80)
    sample_rate_hz: int = Field(ge=1_000, le=192_000)
    window_s: float | None = Field(default=None, gt=0)
    window_samples: int | None = Field(default=None, gt=0)
    hop_s: float | None = Field(default=None, gt=0)
    hop_samples: int | None = Field(default=None, gt=0)
    channels: Literal["mono", "stereo"] = "mono"
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    input: Annotated[WaveformInput | MelInput, Field(discriminator="kind")]
    output: Output = Field(default_factory=Output)

    @property
    def n_channels(self) -> int:
        return 1 if self.channels == "mono" else 2

    @property
    def window_length(self) -> int:
        """Length of a window in samples."""
        return self._in_samples(self.window_s, self.window_samples) or 0

    @property
    def hop_length(self) -> int:
        """How many samples after the last one a window begins."""
        return self._in_samples(self.hop_s, self.hop_samples) or self.window_length

    def _in_samples(self, duration_s: float | None, samples: int | None) -> int | None:
        return samples if duration_s is None else round(duration_s * self.sample_rate_hz)

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if (self.window_s is None) == (self.window_samples is None):
            raise ValueError("one of window_s and window_samples has to be given, and not both")
        if self.hop_s is not None and self.hop_samples is not None:
            raise ValueError("hop_s and hop_samples say the same: give one of them")
        if not 1 <= self.window_length <= LONGEST_WINDOW_S * self.sample_rate_hz:
            raise ValueError(
                f"a window of {self.window_length} samples: at least 1, at most {LONGEST_WINDOW_S:g} s may be"
            )
        if not 0.01 * self.window_length <= self.hop_length <= self.window_length:
            raise ValueError(
                f"a hop of {self.hop_length} samples: at most a window ({self.window_length}) and at least a "
                "hundredth of it may be"
            )
        if self.channels == "stereo" and "channel" not in self.input.axes:
            raise ValueError('two channels need a place in the input: add "channel" to its axes')
        if isinstance(self.input, MelInput):
            highest_hz = self.input.f_max_hz or 0.0
            if highest_hz > self.sample_rate_hz / 2:
                raise ValueError(f"f_max_hz = {highest_hz:g} is above half the sampling rate")
            if self.input.hann_samples > self.window_length:
                raise ValueError(
                    f"a window of {self.window_length} samples, fewer than one frame has "
                    f"({self.input.hann_samples})"
                )
        return self


def _require_axes(axes: tuple[str, ...], *, needed: set[str], optional: set[str]) -> None:
    if not needed <= set(axes) <= needed | optional or len(set(axes)) != len(axes):
        raise ValueError(
            f"axes = {list(axes)}: {_listed(needed)} must be there, {_listed(optional)} may, each once"
        )


def _listed(words: set[str]) -> str:
    return " and ".join(f'"{word}"' for word in sorted(words))


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises
    ------
    ConfigError
        When it cannot be read, is no TOML, or says what cannot be; the message names file and field.
    """
    try:
        return Manifest.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise ConfigError(f"{path.name} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        problems = "; ".join(_problem(each["loc"], each["msg"]) for each in error.errors())
        raise ConfigError(f"{path.name}: {problems} (docs/embedding_models.md tells every field)") from error
    except ValueError as error:  # no UTF-8, or no TOML
        raise ConfigError(f"{path.name} is no TOML: {error}") from error


def _problem(location: tuple[int | str, ...], message: str) -> str:
    field = ".".join(str(part) for part in location if part not in {"waveform", "mel"})
    words = message.removeprefix("Value error, ")
    return f"{field}: {words}" if field else words
