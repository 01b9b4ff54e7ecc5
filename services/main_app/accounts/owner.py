"""The owner: the one account that a server has which others can reach."""

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from shared.python.errors import ConfigError


def owner_exists() -> bool:
    return User.objects.filter(is_active=True).exists()


def set_owner(username: str, *, password: str) -> bool:
    """Make the owner, or change the owner's password; ``True`` when there was none before.

    Raises
    ------
    ConfigError
        When the name or the password will not do, or the owner has another name.
    """
    with transaction.atomic():
        owner = User.objects.select_for_update().order_by("pk").first()
        if owner is not None and owner.username != username:
            raise ConfigError(f"the owner is {owner.username!r}: give that name to change the password")
        is_new = owner is None
        owner = owner or User(username=username)
        try:
            User.username_validator(username)
            validate_password(password, user=owner)
        except ValidationError as error:
            raise ConfigError(" ".join(error.messages)) from error
        owner.set_password(password)
        owner.save()
    return is_new
