"""Adds sources: one row for each thing that somebody pointed Tonotope at."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from integrations.core.registry import open_integration
from services.main_app.maps.columns import ANALYZE_NODE
from services.main_app.maps.models import SoundMap
from services.main_app.nodes.models import NodeType
from services.main_app.sources.folders import require_allowed
from services.main_app.sources.models import Source
from shared.python.errors import ConfigError
from shared.python.slices import SlicingParameters
from shared.python.utils import stable_hash

Parameters = dict[str, dict[str, Any]]


def add_source(
    *, provider: str, config: dict[str, Any], label: str | None = None, parameters: Parameters | None = None
) -> tuple[Source, SoundMap]:
    """Give the source with this configuration and its map, made now if it is new.

    Parameters
    ----------
    parameters
        Of the pipeline's nodes, by their types, for every run of this source from now on; those that it has,
        when left out.

    Raises
    ------
    ConfigError
        When there is no such integration, or the configuration or the parameters do not fit.
    NotFoundError, DeniedError
        When what it names cannot be reached, or the operator does not allow it.
    """
    if parameters is not None:
        _require_known(parameters)
    if provider == "demo_collection":
        # Nobody chooses where the demo lives: it is made in the operator's cache.
        config = {"folder": str(settings.DEMO_FOLDER)}
    elif "folder" in config:
        config = {**config, "folder": str(require_allowed(Path(str(config["folder"]))))}
    with open_integration(provider, config) as integration:
        account = integration.check()
    key = stable_hash({"provider": provider, "stable_id": account.stable_id})
    with transaction.atomic():
        source, _ = Source.objects.get_or_create(
            provider=provider, config_key=key, defaults={"config": config, "label": label or account.label}
        )
        if parameters is not None and source.parameters != parameters:
            source.parameters = parameters
            source.save(update_fields=["parameters"])
        sound_map, _ = SoundMap.objects.get_or_create(source=source, defaults={"title": source.label})
    return source, sound_map


def _require_known(parameters: Parameters) -> None:
    """Refuse parameters that no node has, while somebody is there who can mend them."""
    offered = dict(NodeType.objects.values_list("type", "spec"))
    for node_type, values in parameters.items():
        if node_type == ANALYZE_NODE:
            SlicingParameters.of(values)  # known before its service was ever there
            continue
        if node_type not in offered:
            names = ", ".join(sorted(offered)) or "none yet"
            raise ConfigError(f"no service offers the node {node_type!r}; there are {names}")
        known = offered[node_type].get("parameters", {}).get("properties", {})
        for name in values:
            if name not in known:
                raise ConfigError(
                    f"the node {node_type!r} has no parameter {name!r}; it has {', '.join(known) or 'none'}"
                )
