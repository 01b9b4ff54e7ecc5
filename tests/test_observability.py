"""The page for operators names every metric of main_app, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "operations" / "observability.md"
MODULES = [ROOT / "services" / "main_app" / "api" / f"{name}.py" for name in ("metrics", "queue_metrics")]


def families(pattern: str, text: str) -> set[str]:
    """Find names of metrics; what only grows ends in ``_total`` where it is scraped."""
    return {name.removesuffix("_total") for name in re.findall(pattern, text)}


def test_the_page_names_what_is_exposed() -> None:
    page = PAGE.read_text("utf-8")
    exposed = families(r'"(tonotope_\w+)"', "".join(module.read_text("utf-8") for module in MODULES))
    assert len(exposed) > 8
    assert families(r"`(tonotope_\w+)`", page) == exposed
    assert families(r"\b(tonotope_queue_\w+)[{)\[ ]", page) <= exposed, "in the rules for alerts"
