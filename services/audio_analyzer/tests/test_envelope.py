import numpy as np
import pytest

from services.audio_analyzer.envelope import HOP_S, EnvelopeFollower, envelope_descriptors
from services.audio_analyzer.tests.conftest import noise, sine, times_s

RATE_HZ = 22_050


def describe(samples: np.ndarray) -> dict[str, float | None]:
    follower = EnvelopeFollower()
    for piece in np.array_split(samples.astype(np.float32), 5):
        follower.push(piece)
    return envelope_descriptors(follower.finish(), duration_s=len(samples) / RATE_HZ)


@pytest.mark.parametrize("ramp_s", [0.01, 0.05, 0.2, 0.5])
def test_attack_is_eight_tenths_of_a_linear_ramp(ramp_s):
    ramp = np.minimum(times_s(2, RATE_HZ) / ramp_s, 1)
    assert describe(sine(500, 2, rate_hz=RATE_HZ) * ramp)["attack_time_s"] == pytest.approx(
        0.8 * ramp_s, abs=1.1 * HOP_S + 0.03 * ramp_s
    )


def test_decay_of_an_exponential_follows_its_rate():
    values = describe(sine(500, 2, rate_hz=RATE_HZ) * np.exp(-8 * times_s(2, RATE_HZ)))
    assert values["decay_s"] == pytest.approx(np.log(10) / 8, abs=0.01)
    assert values["effective_duration_s"] == pytest.approx(np.log(10) / 8, abs=0.01)


def test_what_never_decays_has_no_decay():
    assert describe(sine(500, 1, rate_hz=RATE_HZ))["decay_s"] is None


def test_silence_before_and_after_is_measured():
    sound = sine(500, 1, rate_hz=RATE_HZ)
    values = describe(np.concatenate((np.zeros(RATE_HZ // 2), sound, np.zeros(RATE_HZ))))
    assert values["leading_silence_s"] == pytest.approx(0.5, abs=2 * HOP_S)
    assert values["trailing_silence_s"] == pytest.approx(1.0, abs=2 * HOP_S)


def test_the_temporal_centroid_tells_early_from_late():
    fade = np.exp(-6 * times_s(1, RATE_HZ))
    steady, dying = noise(1, rate_hz=RATE_HZ), noise(1, rate_hz=RATE_HZ) * fade
    assert describe(steady)["temporal_centroid"] == pytest.approx(0.5, abs=0.03)
    assert describe(dying)["temporal_centroid"] < 0.2
    assert describe(dying[::-1])["temporal_centroid"] > 0.8


@pytest.mark.parametrize("n", [0, 5000])
def test_silence_has_no_shape(n):
    assert set(describe(np.zeros(n)).values()) == {None}
