"""Which pipeline new runs go through: read from a file, checked, and put in the place of the last one."""

from pathlib import Path

from pydantic import ValidationError

from services.main_app.pipelines.graph import DEFAULT, SOURCE_NODE
from services.main_app.pipelines.models import PipelineDefinition
from services.main_app.pipelines.sound_nodes import vector_node
from shared.python.errors import ConfigError, NotFoundError, UnavailableError
from shared.python.models import Pipeline


def read_pipeline(path: Path) -> Pipeline:
    """Read a pipeline from a file (JSON of `shared.python.models.Pipeline`).

    Raises
    ------
    NotFoundError
        When there is no such file.
    ConfigError
        When it is no pipeline.
    """
    try:
        return Pipeline.model_validate_json(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {path}") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        problems = "; ".join(_problem(each["loc"], each["msg"]) for each in error.errors())
        raise ConfigError(f"{path} is no pipeline: {problems}") from error
    except ValueError as error:
        raise ConfigError(f"{path} is no text in UTF-8: {error}") from error


def _problem(location: tuple[int | str, ...], message: str) -> str:
    field = ".".join(str(part) for part in location)
    return f"{field}: {message}" if field else message


def choose_pipeline(pipeline: Pipeline) -> str:
    """Let runs that begin from now on go through this pipeline; those that are under way keep theirs.

    Returns
    -------
    str
        What such a run will wait for; empty when everything is there.

    Raises
    ------
    ConfigError
        When no run could ever go through it.
    """
    sources = [node.name for node in pipeline.nodes if node.type == SOURCE_NODE.type]
    if len(sources) != 1:
        raise ConfigError(
            f"a pipeline has one node of the type {SOURCE_NODE.type!r}; here are {len(sources)}"
        )
    waits_for = ""
    try:
        vector_node(pipeline)
    except UnavailableError as error:
        # The service may not have been started yet, or the model not been dropped in: that is no mistake.
        waits_for = error.message
    PipelineDefinition.objects.update_or_create(
        name=DEFAULT, defaults={"graph": pipeline.model_dump(mode="json")}
    )
    return waits_for
