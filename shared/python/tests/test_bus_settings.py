from pathlib import Path

import pytest

from shared.python.bus_settings import BusSettings, tls_context
from shared.python.errors import ConfigError


def test_the_servers_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATS_URL", "nats://a:1, nats://b")
    settings = BusSettings.from_environment("me")
    assert settings == BusSettings(servers=("nats://a:1", "nats://b"), name="me")
    assert settings.addresses == ["nats://a:1", "nats://b:4222"]
    assert settings.login == (None, None)
    monkeypatch.delenv("NATS_URL")
    with pytest.raises(ConfigError, match="NATS_URL is not set"):
        BusSettings.from_environment("me")


def test_urls_that_are_given_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATS_URL", "nats://a:1")
    assert BusSettings.from_environment("me", urls="nats://b:2").addresses == ["nats://b:2"]


def test_user_and_password_may_hold_any_sign() -> None:
    settings = BusSettings(servers=("tls://a%40b:p%2Fw%3A@[::1]:1", "tls://c"), name="me")
    assert settings.login == ("a@b", "p/w:")
    assert settings.addresses == ["tls://[::1]:1", "tls://c:4222"]
    assert settings.is_encrypted
    assert "p%2Fw" not in repr(settings)


@pytest.mark.parametrize(
    ("urls", "complaint"),
    [
        ("http://a", r"begins with http://"),
        ("nats://", r"write nats://host:4222"),
        ("nats://me:secret@host:http", r"…'host:http'"),
        ("tls://a,nats://b", r"not encrypted"),
        ("nats://me:1@a,nats://you:2@b", r"several users"),
    ],
)
def test_urls_that_cannot_be_used_are_an_error(urls: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint) as caught:
        BusSettings.from_environment("me", urls=urls)
    assert "secret" not in caught.value.message


def test_files_that_cannot_be_used_are_an_error(tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish.pem"
    rubbish.write_text("no certificate")
    assert tls_context({}) is None
    for name in (str(rubbish), str(tmp_path / "nowhere.pem")):
        with pytest.raises(ConfigError, match=f"NATS_CA={name}"):
            tls_context({"NATS_CA": name})
        with pytest.raises(ConfigError, match=f"NATS_CERT={name}"):
            tls_context({"NATS_CERT": name, "NATS_KEY": name})
    with pytest.raises(ConfigError, match="belong together"):
        tls_context({"NATS_CERT": "certificate.pem"})
