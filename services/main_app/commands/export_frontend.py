"""``export_frontend``: writes what the web app shares with us: constants, and the description of the API."""

import json
from argparse import ArgumentParser, Namespace
from enum import StrEnum
from pathlib import Path

from services.main_app.api.maps import ROWS_LIMIT
from services.main_app.api.root import api
from services.main_app.maps import packed, previews
from shared.python.models import FailureCode, JobState, Lane, NodeKind, Outcome, RunState

_ROOT = Path(__file__).resolve().parents[3]
_HEADER = (
    "// Generated from the Python models by `python -m services.main_app export_frontend`: "
    "change those, not this file.\n"
)
_VOCABULARIES: tuple[type[StrEnum], ...] = (FailureCode, JobState, Lane, NodeKind, Outcome, RunState)
_CONSTANTS: dict[str, str | int] = {
    "POINTS_MAGIC": packed.MAGIC.decode(),
    "POINTS_MEDIA_TYPE": packed.MEDIA_TYPE,
    "POINTS_HEADER_BYTES": packed.HEADER_BYTES,
    "POINTS_NO_CLUSTER": packed.NO_CLUSTER,
    "PREVIEWS_MEDIA_TYPE": previews.MEDIA_TYPE,
    "PREVIEWS_PER_BLOCK": previews.BLOCK_POINTS,
    "ROWS_LIMIT": ROWS_LIMIT,
}


def add_arguments(parser: ArgumentParser) -> None:
    parser.description = "Write shared/js/constants.js and docs/openapi.json."
    parser.add_argument("--root", type=Path, default=_ROOT, help="the repository")


def run(arguments: Namespace) -> int:
    for path, content in exported(arguments.root).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return 0


def exported(root: Path = _ROOT) -> dict[Path, str]:
    """Give what the generated files must hold, by path."""
    return {
        root / "shared" / "js" / "constants.js": constants_js(),
        root / "docs" / "openapi.json": openapi_json(),
    }


def constants_js() -> str:
    """Give the vocabularies and numbers that both sides must agree on, as an ES module."""
    enumerations: dict[str, dict[str, str | int]] = {
        kind.__name__: {member.name: member.value for member in kind} for kind in _VOCABULARIES
    }
    enumerations["PointsSection"] = {str(flag.name): flag.value for flag in packed.Section}
    parts = [_HEADER, *(_enumeration(name, members) for name, members in enumerations.items())]
    return "\n".join([*parts, "".join(_constant(name, value) for name, value in _CONSTANTS.items())])


def openapi_json() -> str:
    schema = api.get_openapi_schema(path_prefix="/api/v1/")
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False, default=str) + "\n"


def _enumeration(name: str, members: dict[str, str | int]) -> str:
    lines = [f"  {member}: {_literal(value)},\n" for member, value in members.items()]
    return (
        f"/** @typedef {{(typeof {name})[keyof typeof {name}]}} {name} */\n"
        f"export const {name} = /*@__PURE__*/ Object.freeze({{\n{''.join(lines)}}});\n"
    )


def _constant(name: str, value: str | int) -> str:
    return f"export const {name} = {_literal(value)};\n"


def _literal(value: str | int) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "\\'") + "'"
