import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from services.umap_service.__main__ import main
from services.umap_service.engine import fit_layout
from services.umap_service.parameters import LayoutParameters

Matrix = npt.NDArray[np.float32]


def test_fit_and_place_write_what_the_engine_gives(tmp_path: Path, clustered: Callable[..., Matrix]) -> None:
    matrix = clustered(320)
    np.save(tmp_path / "old.npy", matrix[:300])
    np.save(tmp_path / "new.npy", matrix[300:])
    old, layout, new, positions = (
        str(tmp_path / name) for name in ("old.npy", "layout.bin", "new.npy", "positions.npy")
    )
    options = ["--n-neighbors", "10", "--min-dist", "0.3", "--epochs", "40", "--seed", "5", "--threads", "2"]
    assert main(["fit", old, layout, *options]) == 0
    expected = fit_layout(
        matrix[:300], LayoutParameters(n_neighbors=10, min_dist=0.3, n_epochs=40, seed=5, scale="none")
    )
    np.testing.assert_array_equal(np.load(layout), expected.coordinates)

    assert main(["place", old, layout, new, positions]) == 0
    placed = np.load(positions)
    assert placed.shape == (20, 2)
    assert placed.dtype == np.float32


def test_dimensions_and_metric_can_be_chosen(tmp_path: Path, clustered: Callable[..., Matrix]) -> None:
    np.save(tmp_path / "in.npy", clustered(60))
    arguments = ["fit", str(tmp_path / "in.npy"), str(tmp_path / "out.npy")]
    assert main([*arguments, "--n-components", "3", "--metric", "cosine", "--epochs", "3"]) == 0
    assert np.load(tmp_path / "out.npy").shape == (60, 3)


def test_errors_are_one_plain_sentence_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, text, fine = tmp_path / "bad.npy", tmp_path / "text.npy", tmp_path / "fine.npy"
    np.save(bad, np.array([[1.0, 2.0], [3.0, np.nan]]))
    np.save(fine, np.zeros((5, 2)))
    text.write_text("no numbers")
    out = str(tmp_path / "out.npy")
    for arguments, said in (
        (["fit", str(bad), out], "row 1"),
        (["fit", str(tmp_path / "none.npy"), out], "none.npy"),
        (["fit", str(text), out], "no .npy file"),
        (["fit", str(tmp_path), out], "cannot be read"),
        (["fit", str(fine), str(tmp_path / "no" / "folder.npy")], "cannot be written"),
        (["fit", str(fine), out, "--n-neighbors", "1"], "n_neighbors = 1"),
        (["place", str(fine), str(fine), str(bad), out], "row 1 of the matrix of new rows"),
    ):
        assert main(arguments) == 2
        message = capsys.readouterr().err
        assert said in message
        assert message.count("\n") == 1
    assert not Path(out).exists()


def test_wrong_usage_ends_with_2_in_a_process_of_its_own() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "services.umap_service", "fit", "--metric", "none"],
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 2
    assert "usage:" in ended.stderr
