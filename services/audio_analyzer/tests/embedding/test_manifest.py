"""What a manifest may say, and what a person is told who says something else."""

from pathlib import Path

import pytest

from services.audio_analyzer.embedding.manifest import MelInput, read_manifest
from shared.python.errors import ConfigError

WAVEFORM = """
title = "A model"
sample_rate_hz = 16000
window_s = 0.96
[input]
kind = "waveform"
"""
MEL = """
title = "A model"
sample_rate_hz = 16000
window_s = 0.96
hop_s = 0.48
sha256 = "{sha}"
[input]
kind = "mel"
axes = ["window", "channel", "frame", "mel"]
n_mels = 64
n_fft = 512
window_samples = 400
hop_samples = 160
f_min_hz = 125
f_max_hz = 7500
padding = "none"
power = 1
scale = "htk"
norm = "none"
offset = 0.001
[output]
name = "embedding"
axes = ["window", "frame", "dimension"]
pooling = "max"
""".replace("{sha}", "ab" * 32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.toml"


def test_a_short_manifest_has_sensible_defaults(path: Path) -> None:
    path.write_text(WAVEFORM, "utf-8")
    manifest = read_manifest(path)
    assert (manifest.window_length, manifest.hop_length, manifest.n_channels) == (15_360, 15_360, 1)
    assert manifest.input.axes == ("window", "sample")
    assert (manifest.output.pooling, manifest.output.normalise, manifest.output.name) == ("mean", "l2", None)


def test_lengths_can_be_given_in_samples(path: Path) -> None:
    path.write_text(
        "hop_samples = 1000\n" + WAVEFORM.replace("window_s = 0.96", "window_samples = 4001"), "utf-8"
    )
    manifest = read_manifest(path)
    assert (manifest.window_length, manifest.hop_length) == (4001, 1000)


def test_a_full_manifest_is_taken_by_the_word(path: Path) -> None:
    path.write_text(MEL, "utf-8")
    manifest = read_manifest(path)
    assert isinstance(manifest.input, MelInput)
    assert (manifest.input.hann_samples, manifest.input.scale, manifest.input.power) == (400, "htk", 1)
    assert manifest.hop_length == 7_680
    assert manifest.output.axes == ("window", "frame", "dimension")


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("title = ", "model.toml is no TOML"),
        (WAVEFORM.replace("title", "titel"), "title: Field required; titel: Extra inputs"),
        (WAVEFORM.replace("16000", "1"), "sample_rate_hz: Input should be greater than or equal to 1000"),
        (WAVEFORM.replace("0.96", "-1"), "window_s: "),
        (WAVEFORM.replace("0.96", "3600"), "a window of 57600000 samples: at least 1, at most 60 s"),
        (WAVEFORM.replace("window_s = 0.96", ""), "one of window_s and window_samples has to be given"),
        ("window_samples = 100\n" + WAVEFORM, "and not both"),
        ("hop_s = 0.5\nhop_samples = 100\n" + WAVEFORM, "give one of them"),
        (WAVEFORM.replace('"waveform"', '"cepstrum"'), "input: "),
        (WAVEFORM.replace("[input]", "[input]\nfull_scal = 2"), "input.full_scal: Extra inputs"),
        (WAVEFORM + 'axes = ["window"]', "input: axes = ['window']: \"sample\" must be there"),
        (WAVEFORM + 'axes = ["sample", "sample"]', "each once"),
        ('channels = "stereo"\n' + WAVEFORM, 'add "channel" to its axes'),
        ("hop_s = 1.5\n" + WAVEFORM, "a hop of 24000 samples: at most a window (15360)"),
        ("hop_s = 0.001\n" + WAVEFORM, "a hop of 16 samples"),
        (MEL.replace("n_mels = 64\n", ""), "input.n_mels: Field required"),
        (MEL.replace("window_samples = 400", "window_samples = 600"), "more than n_fft = 512"),
        (MEL.replace("7500", "100"), "f_max_hz = 100 is not above f_min_hz = 125"),
        (MEL.replace("7500", "9000"), "f_max_hz = 9000 is above half the sampling rate"),
        (MEL.replace("offset = 0.001", "floor = 0"), "the logarithm of silence"),
        (
            MEL.replace("0.96", "0.02").replace("0.48", "0.02"),
            "a window of 320 samples, fewer than one frame has (400)",
        ),
        (MEL.replace("ab" * 32, "abc"), "sha256: "),
        (MEL.replace('"max"', '"median"'), "output.pooling: Input should be 'mean' or 'max'"),
        (MEL.replace('"frame", "dimension"', '"frame"'), '"dimension" must be there'),
    ],
)
def test_a_wrong_manifest_is_refused_by_field(manifest: str, said: str, path: Path) -> None:
    path.write_text(manifest, "utf-8")
    with pytest.raises(ConfigError) as caught:
        read_manifest(path)
    assert caught.value.message.startswith("model.toml")
    assert said in caught.value.message


def test_bytes_that_are_no_text_are_refused(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="no TOML"):
        read_manifest(path)


def test_a_manifest_that_cannot_be_read_says_so(path: Path) -> None:
    path.mkdir()
    with pytest.raises(ConfigError, match=r"model.toml cannot be read: Is a directory"):
        read_manifest(path)
