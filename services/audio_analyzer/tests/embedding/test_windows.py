"""Windows are where the definition puts them, however the sound arrives."""

import numpy as np
import pytest

from services.audio_analyzer.embedding.windows import Windows


def cut(
    samples: np.ndarray, *, window: int, hop: int, channels: int = 1, from_hz: int = 8_000, block: int = 999
) -> list[np.ndarray]:
    windows = Windows(
        from_hz=from_hz, to_hz=8_000, n_channels=channels, window_samples=window, hop_samples=hop
    )
    sound = samples if samples.ndim == 2 else samples[:, None]
    found = []
    for start in range(0, len(sound), block):
        found += list(windows.push(sound[start : start + block]))
    return found + list(windows.finish())


@pytest.mark.parametrize("block", [1, 7, 64, 5_000])
def test_each_window_begins_a_hop_after_the_last(block: int) -> None:
    samples = np.arange(1000, dtype=np.float32)
    found = cut(samples, window=300, hop=100, block=block)
    assert [int(window[0, 0]) for window in found] == [0, 100, 200, 300, 400, 500, 600, 700]
    for window in found:
        assert window.shape == (1, 300)
        np.testing.assert_array_equal(window[0], samples[int(window[0, 0]) :][:300])


@pytest.mark.parametrize(
    ("n_samples", "n_windows"), [(1, 1), (99, 1), (100, 1), (149, 1), (150, 2), (200, 2), (249, 2), (250, 3)]
)
def test_a_last_window_is_heard_when_it_is_half_full_or_the_only_one(n_samples: int, n_windows: int) -> None:
    samples = np.ones(n_samples, np.float32)
    found = cut(samples, window=100, hop=100)
    assert len(found) == n_windows
    heard = np.concatenate([window[0] for window in found])
    np.testing.assert_array_equal(heard[:n_samples], samples[: len(heard)])
    assert not heard[n_samples:].any()


def test_what_overlapping_windows_have_heard_already_is_no_last_window() -> None:
    samples = np.ones(400, np.float32)
    assert len(cut(samples, window=200, hop=50)) == 5


def test_mono_is_the_mean_of_the_channels() -> None:
    sound = np.stack([np.full(100, 0.25), np.full(100, 0.75)], axis=1).astype(np.float32)
    (window,) = cut(sound, window=100, hop=100)
    np.testing.assert_allclose(window, np.full((1, 100), 0.5))


@pytest.mark.parametrize(
    ("levels", "heard"), [((0.5,), (0.5, 0.5)), ((0.2, 0.4), (0.2, 0.4)), ((0, 0.3, 0.6), (0.3, 0.3))]
)
def test_stereo_is_left_and_right_or_twice_the_mean(
    levels: tuple[float, ...], heard: tuple[float, ...]
) -> None:
    sound = np.tile(np.array(levels, np.float32), (100, 1))
    (window,) = cut(sound, window=100, hop=100, channels=2)
    np.testing.assert_allclose(window, np.tile(np.array(heard)[:, None], 100), rtol=1e-6)


def test_a_sound_is_brought_to_the_rate_of_the_model() -> None:
    times_s = np.arange(44_100) / 44_100
    tone = np.sin(2 * np.pi * 1000 * times_s).astype(np.float32)
    found = cut(tone, window=4_000, hop=4_000, from_hz=44_100, block=4_096)
    assert len(found) == 2
    spectrum = np.abs(np.fft.rfft(found[0][0] * np.hanning(4_000)))
    assert np.argmax(spectrum) * 8_000 / 4_000 == 1000
