"""`manage.py health`: what `/health/ready` says, where no web server answers."""

import json
import sys
from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser, DjangoHelpFormatter
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from apps.core import health

EXIT_FAILING = 1

EPILOG = """
exit codes:
  0  all is well
  1  something fails
  2  no such check or option

examples:
  manage.py health
  manage.py health database migrations      what it takes to serve requests
  manage.py health queue:realtime --json    one queue, for a machine
"""


def check_name(text: str) -> str:
    if text not in health.names():
        raise ArgumentTypeError(f"{text!r} is no check; the checks are {', '.join(health.names())}")
    return text


class Formatter(RawDescriptionHelpFormatter, DjangoHelpFormatter):
    """Keeps the lines of the examples."""


class Command(BaseCommand):
    help = """Ask whether the parts of the platform do their work: the database, its migrations,
the broker, the scheduler, and for each queue whether what goes in comes out.
/health/ready asks the same."""
    # A part that is away must not keep the command from saying so.
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, epilog=EPILOG, formatter_class=Formatter, **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "checks",
            type=check_name,
            nargs="*",
            metavar="CHECK",
            help=f"by default all: {', '.join(health.names())}",
        )
        parser.add_argument(
            "--json", action="store_true", help="print what /health/ready answers, on one line"
        )

    def handle(self, *_: Any, checks: list[str], json: bool, **__: Any) -> None:
        findings = health.examine(checks)
        if json:
            self.stdout.write(_as_json(findings))
        else:
            console = Console(file=self.stdout)  # type: ignore[arg-type]  # OutputWrapper is a TextIO
            console.print(_as_table(findings))
        if not all(finding.is_ok for finding in findings.values()):
            sys.exit(EXIT_FAILING)


def _as_json(findings: dict[str, health.Finding]) -> str:
    return json.dumps(health.report(findings))


def _as_table(findings: dict[str, health.Finding]) -> Table:
    table = Table("check", "status", "detail", box=SIMPLE_HEAD)
    for name, finding in findings.items():
        colour = "green" if finding.is_ok else "red"
        word = health.OK if finding.is_ok else health.FAILING
        table.add_row(name, f"[{colour}]{word}[/]", finding.detail)
    return table
