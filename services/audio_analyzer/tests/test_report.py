import numpy as np
import pytest

from services.audio_analyzer.analysis import analyze_file
from services.audio_analyzer.dimensions import NOTE_IDS
from services.audio_analyzer.report import flat_report
from services.audio_analyzer.tests.conftest import sine


@pytest.fixture
def document(write):
    chord = sum(sine(frequency_hz, duration_s=4.0) for frequency_hz in (277.18, 349.23, 415.30)) / 3
    return analyze_file(write(chord), content_hash="0" * 64)[0]


def test_single_values_stand_under_their_names(document):
    report = flat_report(document)
    assert report["loudness_integrated_lufs"] == document.descriptors["loudness_lufs"]
    assert report["pitch_voicing"] == document.descriptors["voicing"]
    for name in (
        "loudness_range_lu",
        "true_peak_dbtp",
        "bpm",
        "bpm_confidence",
        "pitch_hz",
        "key_confidence",
    ):
        assert report[name] == document.descriptors[name]
    assert (report["channels"], report["sample_rate_hz"], report["format"]) == (1, 44100, "wav")


def test_numbered_values_are_lists(document):
    report = flat_report(document)
    for name in ("mfcc_mean", "mfcc_std", "mfcc_delta"):
        assert np.shape(report[name]) == (20,)
    assert report["mfcc_mean"][0] == document.descriptors["mfcc_01_mean"]
    assert report["chroma"] == [document.descriptors[f"chroma_{note}"] for note in NOTE_IDS]
    assert not any(name.startswith(("mfcc_0", "chroma_c", "spectral_contrast_1")) for name in report)


def test_the_key_is_ascii_and_stands_without_its_scale(document):
    assert document.descriptors["key"] == "C♯ major"
    report = flat_report(document)
    assert (report["key"], report["scale"]) == ("C#", "major")


def test_a_sound_without_a_key_has_none(write):
    report = flat_report(analyze_file(write(sine(440, duration_s=0.2)), content_hash="0" * 64)[0])
    assert (report["key"], report["scale"]) == (None, None)


def test_long_parts_are_there_on_wish(document):
    assert not {"vector", "peaks", "preview", "descriptors"} & set(flat_report(document))
    assert {"vector", "peaks"} <= set(flat_report(document, full=True))
