"""``python -m services.audio_analyzer embed``: try a model on files before a map is made of it."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.audio_analyzer.embedding.folder import FOLDER_SETTING, EmbeddingModel, find_model, models_folder
from shared.python.errors import TonotopeError

if TYPE_CHECKING:
    from services.audio_analyzer.embedding.session import Session

_SHOWN = 6


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``embed``."""
    parser = commands.add_parser("embed", help="give sound files the vectors of an embedding model")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--model", required=True, metavar="NAME", help="NAME.onnx with NAME.toml beside it")
    parser.add_argument("--models", type=Path, metavar="DIR", help=f"where it is (else {FOLDER_SETTING})")
    parser.add_argument("--json", action="store_true", help="one JSON object per line and file")


def run(options: argparse.Namespace) -> int:
    """Embed the files; give 1 when the model does not work, or with none of them."""
    from services.audio_analyzer.embedding.session import Session

    try:
        model = find_model(options.model, folder=options.models or models_folder())
        session = Session(model)
    except TonotopeError as error:
        print(error.message, file=sys.stderr)
        return 1
    n_failed = 0
    for path in options.files:
        result = _result(path, model, session)
        n_failed += "error" in result
        print(json.dumps(result, allow_nan=False) if options.json else _readable(result), flush=True)
    return 1 if n_failed == len(options.files) else 0


def _result(path: Path, model: EmbeddingModel, session: "Session") -> dict[str, Any]:
    from services.audio_analyzer.embedding.embed import embed_file

    try:
        vector = embed_file(path, model, session).vector
    except TonotopeError as error:
        return {"path": str(path), "error": {"code": str(error.code), "message": error.message}}
    return {"path": str(path), "embedding": vector.tolist()}


def _readable(result: dict[str, Any]) -> str:
    if error := result.get("error"):
        return f"{result['path']}\n  {error['code']}: {error['message']}"
    vector = result["embedding"]
    shown = " ".join(f"{value:.4f}" for value in vector[:_SHOWN])
    more = " …" if len(vector) > _SHOWN else ""
    return f"{result['path']}\n  {len(vector)} dimensions: {shown}{more}"
