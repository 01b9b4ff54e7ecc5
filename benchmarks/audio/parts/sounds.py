"""Makes songs, loops and one-shots from a seed: chords, a melody, bass, drums and a little room noise."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

RATE_HZ = 44_100
Samples = npt.NDArray[np.float32]
_SCALE = (0, 2, 3, 5, 7, 8, 10)
_PROGRESSION = ((0, 2, 4), (5, 0, 2), (3, 5, 0), (4, 6, 1))


def _note_hz(step: int) -> float:
    return float(220 * 2 ** ((_SCALE[step % 7] + 12 * (step // 7)) / 12))


def tone(frequency_hz: float, duration_s: float, *, n_harmonics: int, decay_s: float) -> Samples:
    """Give a decaying note whose harmonics fade as they rise."""
    t = np.arange(int(duration_s * RATE_HZ)) / RATE_HZ
    harmonics = [n for n in range(1, n_harmonics + 1) if n * frequency_hz < RATE_HZ / 2]
    wave = sum(np.sin(2 * np.pi * n * frequency_hz * t) / n**1.2 for n in harmonics)
    return np.asarray(wave * np.exp(-t / decay_s) * np.minimum(t / 0.005, 1), np.float32)


def hit(rng: np.random.Generator, duration_s: float, *, decay_s: float) -> Samples:
    """Give a burst of noise."""
    t = np.arange(int(duration_s * RATE_HZ)) / RATE_HZ
    return np.asarray(rng.normal(0, 1, len(t)) * np.exp(-t / decay_s), np.float32)


def _kick() -> Samples:
    t = np.arange(int(0.25 * RATE_HZ)) / RATE_HZ
    return np.asarray(
        np.sin(2 * np.pi * (50 * t + 6 * (1 - np.exp(-t / 0.03)))) * np.exp(-t / 0.08), np.float32
    )


def _add(track: Samples, sound: Samples, at_s: float, gain: float) -> None:
    start = int(at_s * RATE_HZ)
    part = sound[: max(0, len(track) - start)]
    track[start : start + len(part)] += np.float32(gain) * part


def music(duration_s: float, *, bpm: float, seed: int) -> Samples:
    """Give a stereo arrangement [shape=(n_frames, 2)]."""
    rng = np.random.default_rng(seed)
    beat_s = 60 / bpm
    drums, notes = (np.zeros(int(duration_s * RATE_HZ), np.float32) for _ in range(2))
    for beat in range(int(duration_s / beat_s) + 1):
        at_s, chord = beat * beat_s, _PROGRESSION[beat // 4 % 4]
        _add(drums, _kick() if beat % 2 == 0 else hit(rng, 0.2, decay_s=0.06), at_s, 0.4)
        for half in range(2):
            _add(drums, hit(rng, 0.05, decay_s=0.01), at_s + half * beat_s / 2, 0.08)
            step = chord[int(rng.integers(3))] + 7
            _add(
                notes,
                tone(_note_hz(step), beat_s / 2, n_harmonics=8, decay_s=0.3),
                at_s + half * beat_s / 2,
                0.1,
            )
        _add(notes, tone(_note_hz(chord[0]) / 4, beat_s, n_harmonics=6, decay_s=0.4), at_s, 0.2)
        if beat % 4 == 0:
            for step in chord:
                _add(notes, tone(_note_hz(step), 4 * beat_s, n_harmonics=10, decay_s=2.0), at_s, 0.06)
    room = rng.normal(0, 0.002, (len(drums), 2)).astype(np.float32)
    return np.clip(np.stack((drums + 0.8 * notes, 0.8 * drums + notes), axis=1) + room, -1, 1)


def one_shot(duration_s: float, *, seed: int) -> Samples:
    """Give a mono hit or note [shape=(n_frames, 1)]."""
    rng = np.random.default_rng(seed)
    decay_s = duration_s * float(rng.uniform(0.1, 0.4))
    if seed % 2:
        sound = tone(_note_hz(int(rng.integers(-7, 21))), duration_s, n_harmonics=12, decay_s=decay_s)
    else:
        sound = hit(rng, duration_s, decay_s=decay_s)
    sound += rng.normal(0, 1e-3, len(sound)).astype(np.float32)
    return np.asarray(0.7 * sound / np.abs(sound).max(), np.float32)[:, None]


def write(path: Path, samples: Samples) -> Path:
    """Write a 16-bit wav, or an mp3 by the name's ending."""
    path.parent.mkdir(parents=True, exist_ok=True)
    wav = path.suffix == ".wav"
    # In runs: libsndfile's encoders put what they get at once on the stack.
    with soundfile.SoundFile(
        path, "w", RATE_HZ, samples.shape[1],
        format="WAV" if wav else "MP3", subtype="PCM_16" if wav else "MPEG_LAYER_III",
    ) as file:  # fmt: skip
        for start in range(0, len(samples), RATE_HZ):
            file.write(samples[start : start + RATE_HZ])
    return path
