import shutil
from pathlib import Path

from tools.parts import ROOT, python_parts
from tools.requirements import HEADING, drifted, extra_requirements, requirements


def test_paths_stand_before_pins_and_lead_from_the_part_to_what_it_is_made_of() -> None:
    parts = python_parts()
    paths, pins = requirements(parts["services/main_app"]).split(HEADING)
    assert paths.splitlines() == [
        "../../shared/python",
        "../../integrations/core",
        "../../integrations/demo_collection",
        "../../integrations/local_folder",
    ]
    assert pins.splitlines()[1:] == sorted(pins.splitlines()[1:])
    assert requirements(parts["launcher"]).startswith("../shared/python\n")


def test_what_an_extra_adds_has_a_file_of_its_own() -> None:
    part = python_parts()["services/audio_analyzer"]
    assert part.extras == ("embedding",)
    pins = extra_requirements(part, "embedding").splitlines()[1:]
    assert any(pin.startswith("onnxruntime==") for pin in pins)
    assert not set(pins) & set(requirements(part).splitlines())


def test_drift_is_seen(tmp_path: Path) -> None:
    for file in ["pyproject.toml", "uv.lock", *(f"{part}/pyproject.toml" for part in python_parts())]:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    wanted = drifted(tmp_path)
    for file, content in wanted.items():
        file.write_text(content)
    assert len(wanted) == sum(1 + len(part.extras) for part in python_parts().values())
    assert drifted(tmp_path) == {}
    edited = tmp_path / "services/umap_service/requirements.txt"
    edited.write_text(edited.read_text().replace("numba==", "numba>="))
    assert list(drifted(tmp_path)) == [edited]
