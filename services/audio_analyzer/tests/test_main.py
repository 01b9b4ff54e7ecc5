import json

from services.audio_analyzer.__main__ import main
from services.audio_analyzer.tests.conftest import sine


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
