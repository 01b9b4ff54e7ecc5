import numpy as np
import pytest

from integrations.demo_collection.signals import (
    PEAK,
    SAMPLE_RATE_HZ,
    bandpass,
    burst,
    fade,
    fft_length,
    filtered,
    finished,
    harmonics,
    highpass,
    in_room,
    lowpass,
    modes,
    n_samples,
    noise,
    normalised,
    note_hz,
    phase,
    placed,
    saturated,
    sine,
    slope,
    swell,
    wandering,
)

RNG = np.random.default_rng


def spectrum(signal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.fft.rfftfreq(len(signal), 1 / SAMPLE_RATE_HZ), np.abs(np.fft.rfft(signal))


@pytest.mark.parametrize(
    ("name", "expected_hz"),
    [("A4", 440), ("A3", 220), ("C4", 261.626), ("F♯4", 369.994), ("B♭3", 233.082), ("E1", 41.203)],
)
def test_notes_are_in_equal_temperament(name: str, expected_hz: float) -> None:
    assert note_hz(name) == pytest.approx(expected_hz, abs=0.001)


def test_sine_has_its_frequency() -> None:
    frequencies, magnitude = spectrum(sine(1000, duration_s=1))
    assert frequencies[np.argmax(magnitude)] == pytest.approx(1000, abs=1)


def test_harmonics_are_those_that_were_asked_for() -> None:
    angle = phase(100, duration_s=0.5)
    amplitudes = (1.0, 0.0, 0.5, 0.25)
    expected = sum(amplitude * np.sin((k + 1) * angle) for k, amplitude in enumerate(amplitudes))
    assert np.allclose(harmonics(angle, amplitudes=amplitudes), expected, atol=1e-9)


def test_modes_are_decaying_sines() -> None:
    ringing = modes(1, partials=[(500, 0.8, 0.1), (30_000, 1, 1)], rng=RNG(1))
    start = 2 * np.pi * RNG(1).random(1)[0]
    t = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    assert np.allclose(ringing, 0.8 * np.sin(2 * np.pi * 500 * t + start) * np.exp(-t / 0.1), atol=1e-9)


def test_fade_loses_as_much_as_it_says() -> None:
    faded = fade(1, tau_s=0.25)
    assert faded[0] == 1 and faded[n_samples(0.25)] == pytest.approx(np.exp(-1))


def test_swell_begins_and_ends_in_silence() -> None:
    swelling = swell(1, attack_s=0.2, release_s=0.3)
    assert swelling[0] == 0 and swelling[-1] < 1e-6 and swelling[n_samples(0.5)] == 1


@pytest.mark.parametrize(
    ("gain", "kept_hz", "lost_hz"),
    [
        (lowpass(1000), 200, 8000),
        (highpass(1000), 8000, 200),
        (bandpass(1000, octaves=1), 1000, 4000),
        (bandpass(1000, octaves=1), 1000, 250),
        (slope(-6), 200, 8000),
        (slope(6), 8000, 200),
    ],
)
def test_filters_keep_and_lose(gain, kept_hz: float, lost_hz: float) -> None:
    frequencies, magnitude = spectrum(filtered(noise(1, rng=RNG(2)), gain=gain))

    def level(hz: float) -> float:
        return float(np.mean(magnitude[(frequencies > hz * 0.9) & (frequencies < hz * 1.1)]))

    assert level(kept_hz) > 10 * level(lost_hz)


def test_pink_noise_loses_three_decibels_an_octave() -> None:
    frequencies, magnitude = spectrum(filtered(noise(4, rng=RNG(3)), gain=slope(-3.01)))
    power = [
        np.mean(magnitude[(frequencies >= hz) & (frequencies < 2 * hz)] ** 2)
        for hz in (100, 200, 400, 800, 1600)
    ]
    assert np.diff(10 * np.log10(power)) == pytest.approx(-3.01, abs=0.7)


@pytest.mark.parametrize(
    ("n", "expected"), [(1, 1), (5, 5), (7, 8), (9, 10), (11, 12), (1025, 1280), (352_800, 393_216)]
)
def test_fft_lengths_are_products_of_few_primes(n: int, expected: int) -> None:
    assert fft_length(n) == expected


def test_burst_is_over_at_once() -> None:
    knock = burst(1, tau_s=0.01, gain=highpass(500), rng=RNG(4))
    assert len(knock) == SAMPLE_RATE_HZ and 0.2 < np.abs(knock).max() <= 1
    assert not knock[n_samples(0.1) :].any()


def test_saturated_and_normalised_peak_at_one() -> None:
    signal = 0.3 * sine(100, duration_s=0.1)
    assert np.abs(normalised(signal)).max() == pytest.approx(1)
    assert np.abs(saturated(signal, drive=3)).max() == pytest.approx(1)


def test_wandering_stays_within_bounds_and_moves() -> None:
    curve = wandering(4, rate_hz=1, rng=RNG(5))
    assert len(curve) == n_samples(4) and curve.min() >= 0 and curve.max() <= 1 and np.ptp(curve) > 0.2
    assert np.abs(np.diff(curve)).max() < 1e-3


def test_placed_sounds_are_cut_or_wrap_around() -> None:
    sound = np.ones(n_samples(0.2))
    cut = placed(1, hits=[(0.9, sound)])
    assert cut.sum() == pytest.approx(n_samples(0.1), abs=1) and cut[0] == 0
    wrapped = placed(1, hits=[(0.9, sound)], wrap=True)
    assert wrapped.sum() == len(sound) and wrapped[0] == 1


def test_a_room_is_stereo_and_rings_on() -> None:
    dry = np.zeros(1000)
    dry[0] = 1
    wet = in_room(dry, decay_s=0.5, wet=0.2, rng=RNG(6))
    assert wet.shape == (1000 + n_samples(0.5), 2)
    assert not np.allclose(wet[:, 0], wet[:, 1])
    early, late = wet[2000:6000].std(), wet[-4000:].std()
    assert early > 10 * late > 0


def test_finished_sounds_are_at_our_level_without_clicks() -> None:
    sound = finished(0.2 + sine(200, duration_s=0.5))
    assert np.abs(sound).max() == pytest.approx(PEAK)
    assert sound[0] == 0 and sound[-1] == 0 and abs(sound.mean()) < 2e-3
