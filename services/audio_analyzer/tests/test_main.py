import json

from services.audio_analyzer.__main__ import main
from services.audio_analyzer.tests.conftest import noise, sine


def test_analyze_prints_one_object_a_line_whatever_becomes_of_a_file(write, tmp_path, capsys):
    text = tmp_path / "text.mp3"
    text.write_text("no sound at all")
    tone = write(sine(440))
    assert main(["analyze", str(tone), str(text), str(tmp_path / "gone.wav"), "--json"]) == 0
    good, bad, gone = map(json.loads, capsys.readouterr().out.splitlines())
    assert good["path"] == str(tone) and "error" not in good
    assert abs(good["pitch_hz"] - 440) < 1
    assert "vector" not in good and "peaks" not in good
    assert len(good["content_hash"]) == 64
    assert (bad["path"], bad["error"]["code"]) == (str(text), "not_audio")
    assert gone["error"]["code"] == "not_found" and gone["error"]["message"]


def test_analyze_fails_when_nothing_could_be_measured(tmp_path, capsys):
    assert main(["analyze", str(tmp_path / "gone.wav"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "not_found"


def test_full_output_holds_vector_and_outline(write, capsys):
    assert main(["analyze", str(write(sine(440))), "--json", "--full"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert len(result["vector"]) > 20
    assert result["peaks"]["n"] > 100


def test_people_read_one_value_a_line(write, capsys):
    assert main(["analyze", str(write(sine(440)))]) == 0
    assert "  loudness_integrated_lufs " in capsys.readouterr().out


def test_duplicates_are_told_in_groups_and_files_that_fail_by_themselves(write, tmp_path, capsys):
    sound = sine(440, 0.5) + noise(0.5)
    same, quieter = write(sound, subtype="PCM_16"), write(sound / 3, "quieter.flac", subtype="PCM_16")
    other, text = write(noise(0.5, seed=8)[:5000]), tmp_path / "text.wav"
    text.write_text("no sound at all")
    copy = write(sound, "copy.aiff", subtype="PCM_16")
    paths = [str(path) for path in (same, other, copy, text, quieter)]
    assert main(["duplicates", *paths]) == 0
    failed, group = map(json.loads, capsys.readouterr().out.splitlines())
    assert (failed["path"], failed["error"]["code"]) == (str(text), "not_audio")
    assert group["paths"] == [str(same), str(copy), str(quieter)]
    assert group["similarity"] > 0.95
    assert group["same_audio"] is False
    assert main(["duplicates", str(same), str(copy)]) == 0
    assert json.loads(capsys.readouterr().out)["same_audio"] is True


def test_full_output_tells_who_a_sound_is(write, capsys):
    assert main(["analyze", str(write(sine(440))), "--json", "--full"]) == 0
    full = json.loads(capsys.readouterr().out)
    assert len(full["audio_hash"]) == 64 and full["fingerprint"]
    assert main(["analyze", str(write(sine(440))), "--json"]) == 0
    short = json.loads(capsys.readouterr().out)
    assert short["audio_hash"] == full["audio_hash"] and "fingerprint" not in short
