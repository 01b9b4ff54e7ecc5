"""Adds sources: one row for each thing that somebody pointed Tonotope at."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from integrations.core.registry import open_integration
from services.main_app.maps.models import SoundMap
from services.main_app.sources.folders import require_allowed
from services.main_app.sources.models import Source
from shared.python.utils import stable_hash


def add_source(*, provider: str, config: dict[str, Any], label: str | None = None) -> tuple[Source, SoundMap]:
    """Give the source with this configuration and its map, made now if it is new.

    Raises
    ------
    ConfigError
        When there is no such integration, or the configuration does not fit it.
    NotFoundError, DeniedError
        When what it names cannot be reached, or the operator does not allow it.
    """
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
        sound_map, _ = SoundMap.objects.get_or_create(source=source, defaults={"title": source.label})
    return source, sound_map
