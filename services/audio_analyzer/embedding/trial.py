"""Tries a model before it is offered, with no decoder imported and nothing compiled: it delays the start."""

from services.audio_analyzer.embedding.folder import find_model, models_folder
from services.audio_analyzer.embedding.session import Session


def try_model(name: str) -> int:
    """Load a model and let it hear silence; give the number of its dimensions.

    Raises
    ------
    ConfigError, NotFoundError
        When the model and its manifest do not fit each other, or one of them is broken or gone.
    UnsupportedError, LimitError
        When it fails on silence.
    """
    n_dimensions: int = Session(find_model(name, folder=models_folder())).n_dimensions
    return n_dimensions
