"""Short loops with a tempo: drum patterns and arpeggios. Their ends meet their beginnings, to the sample."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from integrations.demo_collection.instruments.drums import CLAPS, KICKS, SNARES
from integrations.demo_collection.instruments.mallets import MARIMBA, electric_piano, fm_bell, struck
from integrations.demo_collection.instruments.metals import CLOSED, OPEN
from integrations.demo_collection.instruments.percussion import PERCUSSION
from integrations.demo_collection.instruments.strings import string, synth_bass
from integrations.demo_collection.recipe import Make, Play, Recipe
from integrations.demo_collection.signals import Signal, normalised, note_hz, placed

# A row is a drum: x strikes, o strikes softly, a dot rests. One sign is a sixteenth, one row a bar or two.
Pattern = dict[str, str]

DRUMS: dict[str, tuple[Make, float]] = {
    "kick": (KICKS["punchy"], 1.0),
    "low": (KICKS["deep"], 1.0),
    "snare": (SNARES["tight"], 0.75),
    "dusty": (SNARES["dusty"], 0.7),
    "brush": (SNARES["brushed"], 0.5),
    "clap": (CLAPS["roomy"], 0.6),
    "hat": (CLOSED["crisp"], 0.4),
    "open": (OPEN["half"], 0.35),
    "rim": (PERCUSSION["Rim shot"], 0.5),
    "shaker": (PERCUSSION["Cabasa"], 0.2),
    "conga": (PERCUSSION["Conga – open"], 0.6),
    "clave": (PERCUSSION["Claves"], 0.35),
}

PATTERNS: dict[str, tuple[float, float, Pattern]] = {
    # title: (tempo in bpm, swing of the off-beat sixteenths as a share of one, rows)
    "House": (
        124,
        0,
        {
            "kick": "x...x...x...x...",
            "clap": "....x.......x...",
            "open": "..x...x...x...x.",
        },
    ),
    "Deep house": (
        120,
        0.15,
        {
            "low": "x...x...x...x...",
            "rim": "...x..x....x..x.",
            "hat": "..x...x...x...xo",
        },
    ),
    "Techno": (
        132,
        0,
        {
            "kick": "x...x...x...x...",
            "hat": "xoxoxoxoxoxoxoxo",
            "open": "..x...x...x...x.",
        },
    ),
    "Boom bap": (
        90,
        0.3,
        {
            "kick": "x.....x..xx.....",
            "dusty": "....x.......x..o",
            "hat": "x.x.x.x.x.x.x.x.",
        },
    ),
    "Trap": (
        140,
        0,
        {
            "low": "x......x..x.....",
            "clap": "........x.......",
            "hat": "x.x.x.xxx.x.xxxx",
        },
    ),
    "Drum and bass": (
        174,
        0,
        {
            "kick": "x.........x.....",
            "snare": "....x..o.o..x...",
            "hat": "x.x.x.x.x.x.x.x.",
        },
    ),
    "Breakbeat": (
        136,
        0.1,
        {
            "kick": "x.x.......xx....",
            "snare": "....x..o.o..x..o",
            "hat": "x.x.x.x.x.x.x.x.",
        },
    ),
    "Rock": (
        112,
        0,
        {
            "kick": "x......xx.x.....",
            "snare": "....x.......x...",
            "hat": "x.x.x.x.x.x.x.x.",
        },
    ),
    "Reggaeton": (
        96,
        0,
        {
            "kick": "x...x...x...x...",
            "snare": "...x..x....x..x.",
            "shaker": "x.......x.......",
        },
    ),
    "Bossa": (
        140,
        0,
        {
            "low": "x..xx..xx..xx..x",
            "clave": "x..x..x...x..x..",
            "shaker": "x...x...x...x...",
        },
    ),
    "Slow brushes": (
        72,
        0.33,
        {
            "low": "x.......x.o.....",
            "brush": "....x.......x.o.",
            "hat": "x...x..xx...x..x",
        },
    ),
    "Congas": (
        104,
        0.05,
        {
            "conga": "x..ox.x.x..ox.xx",
            "clave": "x..x..x...x.x...",
            "shaker": "x...x...x...x...",
        },
    ),
}

ARPEGGIOS: dict[str, tuple[float, Play, str]] = {
    # title with its key: (tempo in bpm, instrument, one note per eighth)
    "Marimba A minor": (
        120,
        partial(struck, body=MARIMBA, decay_s=0.25),
        "A3 C4 E4 A4 E4 C4 G3 B3 D4 G4 D4 B3 F3 A3 C4 E4",
    ),
    "Marimba D major": (
        100,
        partial(struck, body=MARIMBA, decay_s=0.25),
        "D4 F♯4 A4 D5 A4 F♯4 G4 B4 E4 G4 C♯4 E4 A3 C♯4 D4 A4",
    ),
    "Harp C major": (
        96,
        partial(string, damping=0.3, pluck_at=0.45),
        "C3 G3 C4 E4 G4 C5 G4 E4 F3 C4 F4 A4 G3 D4 G4 B4",
    ),
    "Harp E♭ major": (
        84,
        partial(string, damping=0.3, pluck_at=0.45),
        "E♭3 B♭3 E♭4 G4 B♭4 G4 C4 G4 A♭3 E♭4 A♭4 C5 B♭3 F4 B♭4 D5",
    ),
    "Electric piano F minor": (
        88,
        partial(electric_piano, duration_s=0.9),
        "F3 A♭3 C4 E♭4 C4 A♭3 D♭3 F3 A♭3 C4 A♭3 F3 C3 E3 G3 B♭3",
    ),
    "Electric piano G major": (
        110,
        partial(electric_piano, duration_s=0.7),
        "G3 B3 D4 F♯4 D4 B3 E3 G3 B3 D4 C4 E4 D4 F♯4 A4 D4",
    ),
    "Crystal bells B minor": (
        128,
        partial(fm_bell, decay_s=0.35),
        "B4 D5 F♯5 B5 F♯5 D5 G4 B4 D5 G5 A4 C♯5 E5 A5 E5 C♯5",
    ),
    "Crystal bells E major": (
        104,
        partial(fm_bell, decay_s=0.4),
        "E5 G♯5 B5 E6 B5 G♯5 A5 C♯6 F♯5 A5 B4 D♯5 F♯5 B5 E5 B5",
    ),
    "Acid bass A minor": (
        126,
        partial(synth_bass, closing_s=0.07, drive=2.5, duration_s=0.24),
        "A1 A1 C2 A1 E2 A1 G1 A1 A1 A2 A1 C2 D2 C2 E1 G1",
    ),
    "Acid bass D minor": (
        134,
        partial(synth_bass, closing_s=0.07, drive=2.5, duration_s=0.22),
        "D2 D2 F2 D1 D2 A1 C2 D2 D2 D2 G2 F2 E2 C2 A1 C2",
    ),
}


def beat(
    rng: np.random.Generator, *, tempo_bpm: float, swing: float, rows: Pattern, n_bars: int = 2
) -> Signal:
    """Play a pattern of sixteenths over and over."""
    step_s = 60 / tempo_bpm / 4
    hits = []
    for name, row in rows.items():
        make, level = DRUMS[name]
        sound = normalised(make(rng)) * level
        for step in range(n_bars * 16):
            sign = row[step % len(row)]
            if sign != ".":
                start_s = (step + (swing if step % 2 else 0)) * step_s
                hits.append((start_s, sound * (1.0 if sign == "x" else 0.45) * rng.uniform(0.9, 1)))
    return np.tanh(placed(n_bars * 16 * step_s, hits=hits, wrap=True))


def arpeggio(rng: np.random.Generator, *, tempo_bpm: float, instrument: Play, notes: str) -> Signal:
    """Play eighths, one note each."""
    step_s = 60 / tempo_bpm / 2
    names = notes.split()
    hits = []
    for step, name in enumerate(names):
        sound = instrument(rng, pitch_hz=note_hz(name))
        hits.append((step * step_s, normalised(sound) * (1.0 if step % 4 == 0 else 0.75)))
    return placed(len(names) * step_s, hits=hits, wrap=True)


def recipes() -> Iterator[Recipe]:
    for title, (tempo_bpm, swing, rows) in PATTERNS.items():
        make = partial(beat, tempo_bpm=tempo_bpm, swing=swing, rows=rows)
        yield Recipe(f"Loops/Beats/{title} {tempo_bpm} bpm.wav", make, loops=True)
    for title, (tempo_bpm, instrument, notes) in ARPEGGIOS.items():
        make = partial(arpeggio, tempo_bpm=tempo_bpm, instrument=instrument, notes=notes)
        yield Recipe(f"Loops/Arpeggios/{title} {tempo_bpm} bpm.wav", make, loops=True)
