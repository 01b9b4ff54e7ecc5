"""``migrate``: makes the database fit this release."""

from argparse import ArgumentParser, Namespace

from django.core.management import call_command


def add_arguments(parser: ArgumentParser) -> None:
    parser.description = "Create the tables, or change them to what this release needs."


def run(arguments: Namespace) -> int:
    call_command("migrate", interactive=False, verbosity=1)
    return 0
