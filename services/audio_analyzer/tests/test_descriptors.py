import numpy as np

from services.audio_analyzer import sources
from services.audio_analyzer.descriptors import CATALOGUE
from services.audio_analyzer.tests.conftest import clicks, saw


def test_names_are_unique_and_every_value_is_explained():
    assert len({spec.name for spec in CATALOGUE}) == len(CATALOGUE)
    for spec in CATALOGUE:
        assert spec.title and spec.group and spec.description.endswith(".")
        if spec.kind == "number":
            assert spec.low is not None and spec.high is not None and spec.low < spec.high
            assert spec.scale == "linear" or spec.low > 0


def test_units_in_names_are_the_units_that_are_shown():
    units = {"_hz": ("Hz", "/s"), "_db": ("dB",), "_lufs": ("LUFS",), "_dbfs": ("dBFS",), "_dbtp": ("dBTP",),
             "_lu": ("LU",), "_s": ("s",), "_cents": ("cents",), "_semitones": ("semitones",)}  # fmt: skip
    for spec in CATALOGUE:
        for suffix, allowed in units.items():
            if spec.name.endswith(suffix):
                assert spec.unit in allowed, spec.name


def test_every_descriptor_has_a_value_for_some_sound(analyze):
    loop = clicks(120, 4)
    sound = loop + np.concatenate([saw(f, 1, peak=0.1) for f in (220, 262, 330, 220)])
    fading = sound * np.linspace(1, 0, len(sound)) ** 2
    missing = [name for name, value in analyze(fading).descriptors.items() if value is None]
    assert missing == []


def test_sources_are_those_of_descriptors_that_there_are():
    names = {spec.name for spec in CATALOGUE}
    assert set(sources._SOURCES) <= names
    assert all(any(name.startswith(family) for name in names) for family in sources._FAMILIES)
    assert {spec.name: spec.source for spec in CATALOGUE}["true_peak_dbtp"] == "ITU-R BS.1770-5, annex 2"
    for spec in CATALOGUE:
        assert "librosa" not in spec.description or spec.source.startswith("librosa."), spec.name
