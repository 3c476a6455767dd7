"""`manage.py load_starter`: the built-in set of well-known films into the catalogue."""

from typing import Any

from django.core.management.base import BaseCommand

from services.imports.starter.loading import load_starter


class Command(BaseCommand):
    help = (
        "Add the built-in set of well-known films. Facts that are stored stay; run again, it "
        "changes nothing."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        report = load_starter()
        self.stdout.write(
            f"Starter set: {report.new} films new, {report.filled} completed, "
            f"{report.complete} as they were."
        )
