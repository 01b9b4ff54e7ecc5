"""``migrate``: makes the database fit this release."""

from argparse import ArgumentParser, Namespace

from django.core.management import call_command

from services.main_app.pipelines.graph import doubt_announcements


def add_arguments(parser: ArgumentParser) -> None:
    parser.description = "Create the tables, or change them to what this release needs."


def run(arguments: Namespace) -> int:
    call_command("migrate", interactive=False, verbosity=1)
    # This comes before every start and every release: what services offer now, they are about to say.
    doubt_announcements()
    return 0
