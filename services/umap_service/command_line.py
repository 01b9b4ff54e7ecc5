"""The commands that compute: ``python -m services.umap_service fit | place``."""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from services.umap_service import engine
from services.umap_service.parameters import (
    LayoutParameters,
    Metric,
    PlaceParameters,
    Scale,
    parse_parameters,
)
from shared.python.errors import ConfigError, CorruptError, NotFoundError, TonotopeError


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        if options.command == "fit":
            _fit(options)
        else:
            _place(options)
    except TonotopeError as error:
        print(f"umap_service: {error.message}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.umap_service",
        description="Layouts on the command line; worker takes them from the queue.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    fit = commands.add_parser("fit", help="lay out the rows of a matrix")
    fit.add_argument("matrix", type=Path, metavar="IN.npy")
    fit.add_argument("output", type=Path, metavar="OUT.npy")
    fit.add_argument("--min-dist", type=float, default=0.1)
    fit.add_argument("--seed", type=int, default=42)
    fit.add_argument("--n-components", type=int, default=2)
    fit.add_argument("--epochs", type=int, default=None, help="default: chosen from the number of rows")
    place = commands.add_parser("place", help="put new rows on a standing layout")
    place.add_argument("matrix", type=Path, metavar="TRAIN.npy")
    place.add_argument("layout", type=Path, metavar="LAYOUT.npy")
    place.add_argument("new_matrix", type=Path, metavar="NEW.npy")
    place.add_argument("output", type=Path, metavar="OUT.npy")
    for command in (fit, place):
        command.add_argument("--n-neighbors", type=int, default=15)
        command.add_argument("--metric", choices=[str(metric) for metric in Metric], default="euclidean")
        command.add_argument("--threads", type=int, default=None, help="default: all cores")
        command.add_argument("--scale", choices=[str(scale) for scale in Scale], default="none")
    commands.add_parser("worker", help="take commands from the queue")
    return parser


def _fit(options: argparse.Namespace) -> None:
    parameters = parse_parameters(
        LayoutParameters,
        _common(options)
        | {
            "min_dist": options.min_dist,
            "n_components": options.n_components,
            "n_epochs": options.epochs,
            "seed": options.seed,
        },
    )
    _write(options.output, engine.fit_layout(_read(options.matrix), parameters).coordinates)


def _place(options: argparse.Namespace) -> None:
    parameters = parse_parameters(PlaceParameters, _common(options))
    matrix, layout, new_matrix = map(_read, (options.matrix, options.layout, options.new_matrix))
    _write(options.output, engine.place(matrix, layout, new_matrix, parameters))


def _common(options: argparse.Namespace) -> dict[str, Any]:
    chosen = {name: getattr(options, name) for name in ("n_neighbors", "metric", "scale")}
    return chosen if options.threads is None else chosen | {"threads": options.threads}


def _read(path: Path) -> npt.NDArray[Any]:
    try:
        with path.open("rb") as file:
            array: npt.NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {path}") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise CorruptError(f"{path} is no .npy file of numbers: {error}") from error
    return array


def _write(path: Path, array: npt.NDArray[Any]) -> None:
    try:
        with path.open("wb") as file:
            np.save(file, array, allow_pickle=False)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
