import numpy as np
import pytest

from services.audio_analyzer.dimensions import N_MFCC
from services.audio_analyzer.novelty import BLOCK_S, texture_changes
from services.audio_analyzer.stft import ANALYSIS_RATE_HZ, HOP_SAMPLES

FRAMES_PER_S = ANALYSIS_RATE_HZ / HOP_SAMPLES


def texture(colour: float, duration_s: float, *, spread: float = 20.0, seed: int = 0) -> np.ndarray:
    """Give coefficients that vary about a mean of their own."""
    n = round(duration_s * FRAMES_PER_S)
    varying = np.random.default_rng(seed).normal(0, spread, (n, N_MFCC))
    return (varying + colour * np.linspace(1, 0, N_MFCC)).astype(np.float32)


def test_a_change_is_found_within_a_block_with_its_size() -> None:
    times_s, novelty_db = texture_changes(np.concatenate((texture(0, 8), texture(100, 8, seed=1))))
    assert times_s == pytest.approx([8.0], abs=BLOCK_S)
    (larger,) = texture_changes(np.concatenate((texture(0, 8), texture(200, 8, seed=1))))[1]
    assert larger > novelty_db[0] > 0


def test_one_texture_has_no_change_however_much_it_varies() -> None:
    assert len(texture_changes(texture(50, 30, spread=200))[0]) == 0


def test_a_steady_drift_is_no_change() -> None:
    drift = np.linspace(0, 400, 2000)[:, None] * np.ones(N_MFCC)
    assert len(texture_changes(drift.astype(np.float32))[0]) == 0


def test_a_sound_too_short_to_have_textures_has_no_change() -> None:
    short = np.concatenate((texture(0, 1), texture(200, 1)))
    assert len(texture_changes(short)[0]) == 0
    assert len(texture_changes(np.zeros((0, N_MFCC), np.float32))[0]) == 0
