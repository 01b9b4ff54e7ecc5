"""The page of licences is up to date, and no copyleft ships without a decision."""

from tools.licences import main


def test_licences_are_listed_and_decided(capsys) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err
