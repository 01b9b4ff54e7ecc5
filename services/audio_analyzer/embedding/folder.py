"""The folder that embedding models are dropped into: each ``NAME.onnx`` with its ``NAME.toml`` is a node.

Nothing here reads more of a model than its bytes: what they say is the child's to find out.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from services.audio_analyzer.embedding.manifest import Manifest, read_manifest
from shared.python.errors import ConfigError, ConflictError, NotFoundError, TonotopeError
from shared.python.models import NodeKind, NodeSpec
from shared.python.utils import stable_hash

FOLDER_SETTING = "EMBEDDING_MODELS_DIR"
EMBEDDING_VERSION = 1
"""Raised when the same model, manifest and sound would give another vector."""

HOW_TO_GET_IT = "onnxruntime is not installed: docs/embedding_models.md says how to install it"
NODE_PREFIX = "embed_"
MOST_MODELS = 16
"""All nodes of a service have to fit into one message."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,57}")
_NOT_COMPUTED_WITH = {"title", "sha256"}


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """A model as it lies in the folder: nobody has tried it yet.

    Attributes
    ----------
    sha256
        Of the bytes of `path` when they were found.
    """

    name: str
    path: Path
    manifest: Manifest
    sha256: str

    @property
    def node_type(self) -> str:
        return NODE_PREFIX + self.name

    @property
    def version(self) -> int:
        """The node's version: another model file or another recipe gives another number."""
        recipe = self.manifest.model_dump(mode="json", exclude=_NOT_COMPUTED_WITH)
        told = stable_hash({"embedding": EMBEDDING_VERSION, "model": self.sha256, "recipe": recipe})
        return 1 + int(told, 16) % (2**31 - 1)  # as large as a version's column

    def content(self) -> bytes:
        """Read the model file.

        Raises
        ------
        ConflictError
            When it is not the file any more that was found.
        """
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise ConfigError(f"{self.path.name} cannot be read: {error.strerror}") from error
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise ConflictError(f"{self.path.name} was replaced: restart the service to offer the new model")
        return content

    def spec(self) -> NodeSpec:
        """Describe the node as the service announces it."""
        return NodeSpec(
            type=self.node_type,
            kind=NodeKind.EMBED,
            title=self.manifest.title,
            version=self.version,
            service="audio_analyzer",
            inputs=("sounds",),
            output="descriptors",
            parameters={"type": "object", "properties": {}, "additionalProperties": False},
        )


def models_folder() -> Path | None:
    """Give the folder that the operator set; ``None`` when there is none."""
    folder = os.environ.get(FOLDER_SETTING)
    return Path(folder) if folder else None


def find_models(folder: Path | None) -> tuple[list[EmbeddingModel], list[TonotopeError]]:
    """Look what lies in the folder.

    Returns
    -------
    models, problems
        In the order of names; what cannot be a model, and why: it keeps no other from being offered.
    """
    models: list[EmbeddingModel] = []
    problems: list[TonotopeError] = []
    if folder is None:
        return models, problems
    if not folder.is_dir():
        return models, [
            ConfigError(f"{FOLDER_SETTING} names {folder}, which is no folder: make it, or unset it")
        ]
    for path in sorted(folder.glob("*.onnx")):
        try:
            models.append(_found(path))
        except TonotopeError as error:
            problems.append(error)
    problems += [
        ConfigError(f"{path.name} describes a model that is not there: put {path.stem}.onnx beside it")
        for path in sorted(folder.glob("*.toml"))
        if not path.with_suffix(".onnx").exists()
    ]
    problems += [
        ConfigError(
            f"{model.path.name} is one more than the {MOST_MODELS} models that are offered: take some out"
        )
        for model in models[MOST_MODELS:]
    ]
    return models[:MOST_MODELS], problems


def find_model(name: str, *, folder: Path | None) -> EmbeddingModel:
    """Give one model by its name.

    Raises
    ------
    ConfigError, NotFoundError
        When there is no folder, no such model in it, or its manifest is wrong.
    """
    if folder is None:
        raise ConfigError(
            f"{FOLDER_SETTING} is not set: name the folder that holds {name}.onnx and {name}.toml"
        )
    path = folder / f"{name}.onnx"
    if not _NAME.fullmatch(name) or not path.is_file():
        there = ", ".join(sorted(found.stem for found in folder.glob("*.onnx"))) or "none"
        raise NotFoundError(f"no embedding model {name!r} in {folder}; there: {there}")
    return _found(path)


def _found(path: Path) -> EmbeddingModel:
    if not _NAME.fullmatch(path.stem):
        raise ConfigError(
            f"{path.name}: a model's name is its node's: use at most 58 small letters, digits and _, "
            "a letter first"
        )
    manifest_path = path.with_suffix(".toml")
    if not manifest_path.exists():
        raise ConfigError(
            f"{path.name} has no {manifest_path.name} beside it that says what it wants to hear"
        )
    manifest = read_manifest(manifest_path)
    sha256 = _sha256(path)
    if manifest.sha256 not in {None, sha256}:
        raise ConfigError(
            f"{manifest_path.name}: sha256 = {manifest.sha256}, but {path.name} has {sha256}: "
            "is it the right file, whole?"
        )
    return EmbeddingModel(path.stem, path, manifest, sha256)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ConfigError(f"{path.name} cannot be read: {error.strerror}") from error
