import io

import pytest
from django.contrib.auth.models import User

from services.main_app.__main__ import main
from services.main_app.accounts.owner import owner_exists, set_owner
from shared.python.errors import ConfigError

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def test_the_owner_is_made_once_and_gets_new_passwords():
    assert not owner_exists()
    assert set_owner("ann", password="correct horse battery")
    assert owner_exists()
    assert not set_owner("ann", password="staple correct horse")
    assert User.objects.get().check_password("staple correct horse")


def test_there_is_no_second_owner():
    set_owner("ann", password="correct horse battery")
    with pytest.raises(ConfigError, match="the owner is 'ann'"):
        set_owner("bob", password="correct horse battery")


@pytest.mark.parametrize("password", ["short", "password123", "annabella1"])
def test_a_password_that_is_easily_guessed_is_refused(password):
    with pytest.raises(ConfigError):
        set_owner("annabella1", password=password)
    assert not owner_exists()


def test_the_command_reads_a_password_from_its_input(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    assert main(["create_owner", "--username", "ann", "--password-stdin"]) == 0
    assert User.objects.get().check_password("correct horse battery")
    assert "Made 'ann'" in capsys.readouterr().err


def test_the_command_says_what_is_wrong(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert main(["create_owner", "--password-stdin"]) == 78
    assert "too short" in capsys.readouterr().err
