"""The page of licences is up to date, and no copyleft ships without a decision."""

import pytest

from tools.licences import main


def test_licences_are_listed_and_decided(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err
