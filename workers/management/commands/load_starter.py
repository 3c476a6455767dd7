"""`manage.py load_starter`: well-known films, and simulated viewers where they are asked for."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from services.imports.starter.loading import load_starter
from services.imports.starter.viewers import count_viewers, load_viewers, remove_viewers


class Command(BaseCommand):
    help = (
        "Add the built-in set of well-known films. Facts that are stored stay; run again, it "
        "changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--viewers",
            action="store_true",
            help="also add simulated viewers, to learn from while there are few real ones",
        )
        parser.add_argument(
            "--remove-viewers",
            action="store_true",
            help="remove the simulated viewers with all their rows, and load nothing",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="with --remove-viewers: only say how many would go",
        )

    def handle(
        self, *_: Any, viewers: bool, remove_viewers: bool, dry_run: bool, **__: Any
    ) -> None:
        if viewers and remove_viewers:
            raise CommandError("Either --viewers or --remove-viewers.")
        if dry_run and not remove_viewers:
            raise CommandError("--dry-run goes with --remove-viewers.")
        if remove_viewers:
            self._remove_viewers(dry_run=dry_run)
            return
        self._load_films()
        if viewers:
            self._load_viewers()

    def _load_films(self) -> None:
        report = load_starter()
        self.stdout.write(
            f"Starter set: {report.new} films new, {report.filled} completed, "
            f"{report.complete} as they were."
        )

    def _load_viewers(self) -> None:
        report = load_viewers(at=timezone.now())
        self.stdout.write(
            f"Simulated viewers: {report.viewers} new with {report.ratings:,} ratings and "
            f"{report.favorites:,} favourites. The next training may learn from them."
        )

    def _remove_viewers(self, *, dry_run: bool) -> None:
        stored = count_viewers()
        rows = f"{stored.ratings:,} ratings and {stored.favorites:,} favourites"
        if dry_run:
            self.stdout.write(f"Simulated viewers: {stored.viewers} with {rows} would be removed.")
            return
        removed = remove_viewers()
        self.stdout.write(
            f"Simulated viewers: {removed} removed with {rows}. Published lists stay until the "
            "next training."
        )
