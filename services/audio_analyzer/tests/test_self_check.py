import json
import os
import subprocess
import sys

import avioflow
import numpy as np
import soundfile

from services.audio_analyzer import self_check
from services.audio_analyzer.__main__ import main
from services.audio_analyzer.mel import mel_power
from services.audio_analyzer.self_check import findings


def bad() -> dict[str, str]:
    return {finding.name: finding.detail for finding in findings() if not finding.is_good}


def test_nothing_is_missing_here(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "made" / "when wanted"))
    assert bad() == {}
    assert main(["check"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(list(findings()))
    assert all(line.startswith("ok ") for line in lines)


def test_a_cache_that_cannot_be_written_is_named_with_the_way_out(tmp_path, monkeypatch, capsys):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(blocked / "cache"))
    assert str(blocked) in bad()["kernel cache"] and "NUMBA_CACHE_DIR" in bad()["kernel cache"]
    assert main(["check"]) == 1
    assert "MISSING  kernel cache" in capsys.readouterr().out


def test_decoders_that_lack_a_format_or_follow_playlists_are_named(monkeypatch):
    formats = [name for name in soundfile.available_formats() if name != "MP3"]
    monkeypatch.setattr(soundfile, "available_formats", lambda: formats)
    demuxers = [*avioflow.get_supported_input_formats(), "hls"]
    monkeypatch.setattr(self_check.avioflow, "get_supported_input_formats", lambda: demuxers)
    monkeypatch.setattr(
        self_check.avioflow, "get_supported_decoders", lambda: ["alac", "wmav2", "ape", "tta"]
    )
    assert "MP3" in bad()["libsndfile"]
    assert "aac" in bad()["FFmpeg"]
    assert "hls" in bad()["no playlists"]


def test_kernels_run_on_a_processor_without_avx_and_give_the_same(tmp_path):
    program = (
        "import json, numpy as np\n"
        "from services.audio_analyzer.mel import mel_power\n"
        "power = np.arange(3 * 1025, dtype=np.float32).reshape(3, 1025)\n"
        "print(json.dumps(mel_power(power).tolist()))\n"
    )
    old_processor = {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": "+sse2,-avx,-avx2,-fma"}
    run = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | old_processor | {"NUMBA_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    power = np.arange(3 * 1025, dtype=np.float32).reshape(3, 1025)
    np.testing.assert_allclose(json.loads(run.stdout), mel_power(power), rtol=1e-5)
