import librosa
import numpy as np
import pytest

from services.audio_analyzer.level import FrameLevels, LevelMeter
from services.audio_analyzer.tests.conftest import noise, sine


def meter(samples: np.ndarray, block: int = 1000) -> LevelMeter:
    samples = samples.astype(np.float32).reshape(len(samples), -1)
    level = LevelMeter(samples.shape[1])
    for start in range(0, len(samples), block):
        level.push(samples[start : start + block])
    return level


def test_levels_of_a_square_wave():
    square = np.sign(sine(100, 1))
    square[square == 0] = 1
    values = meter(0.5 * square).descriptors()
    assert values["rms_dbfs"] == pytest.approx(-6.0206, abs=1e-3)
    assert values["peak_dbfs"] == pytest.approx(-6.0206, abs=1e-3)
    assert values["crest_factor_db"] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(
    ("samples", "flags"),
    [
        (sine(440), ()),
        (np.clip(3 * sine(440), -1, 1), ("clipped",)),
        (sine(440, peak=1.0)[:, None].repeat(1, axis=1) * 0.998, ()),
        (np.zeros(1000), ("silent",)),
        (1e-5 * noise(), ("silent",)),
        (sine(440) * 0.5 + 0.2, ("dc_offset",)),
        (np.stack((sine(440), sine(440)), axis=1), ("dual_mono",)),
        (np.stack((sine(440), -sine(440)), axis=1), ()),
    ],
)
def test_flags_name_what_is_wrong(samples, flags):
    assert meter(samples).flags() == flags


def test_a_clipped_run_is_found_across_blocks():
    samples = 0.5 * sine(440)
    samples[999:1002] = 1.0
    assert "clipped" in meter(samples, block=1000).flags()
    samples[1001] = 0.9
    assert "clipped" not in meter(samples, block=1000).flags()


@pytest.mark.parametrize("n", [1, 100, 511, 512, 513, 2048, 22_050, 30_001])
def test_frame_levels_are_those_of_librosa(n):
    samples = noise(2, rate_hz=22_050)[:n]
    levels = FrameLevels()
    for piece in np.array_split(samples, 7):
        levels.push(piece)
    rms, crossings = levels.finish()
    np.testing.assert_allclose(rms, librosa.feature.rms(y=samples)[0], rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(crossings, librosa.feature.zero_crossing_rate(samples)[0], atol=1e-7)


def test_a_sine_crosses_zero_twice_a_period():
    levels = FrameLevels()
    levels.push(sine(1_000, 2, rate_hz=22_050))
    _, crossings = levels.finish()
    assert crossings[5:-5].mean() == pytest.approx(2 * 1_000 / 22_050, rel=0.01)
