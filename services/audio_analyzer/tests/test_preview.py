import io

import numpy as np
import pytest
import soundfile

from services.audio_analyzer.analysis import analyze_file
from services.audio_analyzer.loudness import LoudnessMeter
from services.audio_analyzer.preview import CEILING, LONGEST_S, MOST_GAIN_DB, TARGET_LUFS
from services.audio_analyzer.tests.conftest import HASH, noise, sine, times_s


def preview_of(path):
    document, encoded = analyze_file(path, content_hash=HASH)
    clip, rate_hz = soundfile.read(io.BytesIO(encoded), dtype="float32")
    return document.preview, clip, rate_hz


def loudest_moment(clip: np.ndarray, rate_hz: int) -> float:
    meter = LoudnessMeter(rate_hz, channels=1)
    meter.push(clip[:, None])
    return meter.finish().momentary_max_lufs


@pytest.mark.parametrize("level", [0.02, 0.1, 0.5])
def test_previews_of_loud_and_soft_sounds_are_equally_loud(write, level):
    preview, clip, rate_hz = preview_of(write(sine(440, 2, peak=2 * level) + noise(2, peak=level / 10)))
    loudness = loudest_moment(clip, rate_hz)
    if preview.gain_db < MOST_GAIN_DB - 0.01:
        assert loudness == pytest.approx(TARGET_LUFS, abs=0.7)
    assert preview.gain_db <= MOST_GAIN_DB


def test_a_noise_floor_is_not_raised_to_the_common_loudness(write):
    preview, clip, rate_hz = preview_of(write(noise(2, peak=1e-3)))
    assert preview.gain_db == MOST_GAIN_DB
    assert loudest_moment(clip, rate_hz) < TARGET_LUFS - 10


def test_peaks_stay_under_full_scale(write):
    spiky = noise(1, peak=1e-3)
    spiky[::4410] = 0.9
    _, clip, _ = preview_of(write(spiky))
    assert np.abs(clip).max() <= CEILING + 2**-11


def test_a_preview_starts_at_the_onset_and_is_short(write):
    hit = sine(300, 3) * np.exp(-4 * times_s(3))
    preview, clip, rate_hz = preview_of(write(np.concatenate((np.zeros(44_100), hit))))
    assert preview.start_s == pytest.approx(1.0, abs=0.02)
    assert preview.duration_s <= LONGEST_S
    assert len(clip) / rate_hz == pytest.approx(preview.duration_s, abs=0.01)


def test_the_loudest_stretch_of_a_long_sound_is_chosen(write):
    sound = noise(30, peak=0.01)
    sound[20 * 44_100 : 22 * 44_100] += sine(440, 2)
    preview, _, _ = preview_of(write(sound))
    assert 19.7 < preview.start_s < 20.6
    assert preview.duration_s == pytest.approx(LONGEST_S, abs=0.01)


def test_a_cut_fades_so_that_it_does_not_click(write):
    _, clip, _ = preview_of(write(sine(440, 5)))
    assert np.abs(clip[:4]).max() < 0.05
    assert np.abs(clip[-4:]).max() < 0.05
    assert np.abs(clip).max() > 0.1


@pytest.mark.parametrize("rate_hz", [1_000, 8_000, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_any_rate_gives_a_clip_that_decodes(write, rate_hz):
    preview, clip, clip_rate_hz = preview_of(write(noise(0.5, rate_hz=rate_hz), rate_hz=rate_hz))
    assert 8_000 <= clip_rate_hz <= 48_000
    assert len(clip) / clip_rate_hz == pytest.approx(0.5, abs=0.01)
    assert preview.mime == "audio/flac"


def test_the_same_sound_gives_the_same_bytes(write):
    path = write(noise(2))
    assert analyze_file(path, content_hash=HASH)[1] == analyze_file(path, content_hash=HASH)[1]


@pytest.mark.parametrize("level", [0.9, 0.1, 0.01])
def test_what_rounding_adds_lies_far_under_any_clip(write, level):
    _, clip, rate_hz = preview_of(write(sine(440, 1, peak=level)))
    middle = clip[rate_hz // 4 : rate_hz // 2]
    t = np.arange(len(middle)) / rate_hz
    waves = np.stack((np.sin(2 * np.pi * 440 * t), np.cos(2 * np.pi * 440 * t)), axis=1)
    rest = middle - waves @ np.linalg.lstsq(waves, middle, rcond=None)[0]
    assert np.sqrt(np.mean(rest**2)) < np.abs(middle).max() * 10 ** (-60 / 20)
