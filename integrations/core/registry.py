"""Finds the integrations that are installed.

An integration makes itself known by an entry point in its pyproject.toml, so that neither this module nor
main_app changes when one is added::

    [project.entry-points."tonotope.integrations"]
    local_folder = "integrations.local_folder.source:LocalFolder"
"""

from collections.abc import Mapping
from importlib.metadata import entry_points

from pydantic import ValidationError

from integrations.core.interface import Integration
from shared.python.errors import ConfigError

GROUP = "tonotope.integrations"


def installed() -> dict[str, type[Integration]]:
    """Give every installed integration under its id, in the order of ids.

    Raises
    ------
    ConfigError
        When an entry point leads to something else, or its name is not the id in its manifest.
    """
    found: dict[str, type[Integration]] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        kind = point.load()
        if not (isinstance(kind, type) and issubclass(kind, Integration)):
            raise ConfigError(f"entry point {point.name!r} leads to {point.value}, which is no Integration")
        if kind.manifest.id != point.name:
            raise ConfigError(f"entry point {point.name!r} leads to the integration {kind.manifest.id!r}")
        found[point.name] = kind
    return found


def open_integration(provider: str, config: Mapping[str, object]) -> Integration:
    """Make the connection to a source; nothing is contacted yet.

    Raises
    ------
    ConfigError
        When no such integration is installed, or the configuration does not fit it.
    """
    kinds = installed()
    kind = kinds.get(provider)
    if kind is None:
        raise ConfigError(f"no integration {provider!r} is installed; there are {', '.join(kinds) or 'none'}")
    try:
        checked = kind.manifest.config.model_validate(dict(config))
    except ValidationError as error:
        reasons = "; ".join(
            f"{'.'.join(map(str, wrong['loc'])) or 'config'}: {wrong['msg'].removeprefix('Value error, ')}"
            for wrong in error.errors()
        )
        raise ConfigError(f"{kind.manifest.title}: {reasons}") from error
    return kind(checked)
