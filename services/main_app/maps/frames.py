"""Intermediate layouts on their way to browsers: each is named by a token that only we can make."""

from dataclasses import dataclass

from django.core import signing

from services.main_app.maps.blobs import storage
from services.main_app.maps.models import Layout
from services.main_app.maps.packed import PackedPoints, pack_points
from shared.python.errors import NotFoundError

_SALT = "tonotope.frame"
_VALID_S = 3600


@dataclass(frozen=True, slots=True)
class Frame:
    """An intermediate layout that a worker has announced."""

    layout_id: int
    url: str

    @property
    def token(self) -> str:
        return signing.dumps([self.layout_id, self.url], salt=_SALT)


def read_frame(layout: Layout, token: str) -> PackedPoints:
    """Give the points of a frame, in an order of their own; the ids tell which is which.

    Raises
    ------
    NotFoundError
        When the token is none of ours, is old, or belongs to another layout; or when the frame is gone.
    """
    try:
        layout_id, url = signing.loads(token, salt=_SALT, max_age=_VALID_S)
    except signing.BadSignature as error:
        raise NotFoundError("this frame was never announced, or long ago") from error
    if layout_id != layout.pk:
        raise NotFoundError(f"this frame is none of layout {layout.pk}")
    blobs = storage()
    return pack_points(blobs.get_array(url), blobs.get_array(layout.rows_url))
