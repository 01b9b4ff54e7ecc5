from pathlib import Path

from integrations.core.manifest import Manifest
from integrations.core.registry import installed

README = Path(__file__).parents[2] / "README.md"


def row(manifest: Manifest) -> str:
    can = manifest.capabilities
    powers = (can.in_place, can.ranges, can.stable_refs, can.duplicate_names)
    cells = [f"`{manifest.id}`", can.change_feed, *("yes" if power else "no" for power in powers)]
    return f"| {' | '.join(cells)} |"


def test_capability_table_is_what_the_manifests_say() -> None:
    lines = README.read_text().splitlines()
    table = [line for line in lines if line.startswith("| `")]
    assert table == [row(kind.manifest) for kind in installed().values()]


def test_every_part_is_described() -> None:
    for part in README.parent.iterdir():
        if (part / "pyproject.toml").exists():
            assert (part / "README.md").exists(), part.name
            assert f"{part.name}/" in README.read_text(), part.name
