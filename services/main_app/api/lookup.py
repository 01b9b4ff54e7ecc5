"""Finds what an address names."""

from typing import TypeVar

from django.db.models import Model, QuerySet

from shared.python.errors import NotFoundError

M = TypeVar("M", bound=Model)


def find(rows: QuerySet[M], key: int | str) -> M:
    """Give one row.

    Raises
    ------
    NotFoundError
        When there is none with this key.
    """
    row = rows.filter(pk=key).first()
    if row is None:
        raise NotFoundError(f"there is no {rows.model._meta.verbose_name} {key}")
    return row
