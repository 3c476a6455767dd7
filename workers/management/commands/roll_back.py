from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.recommendations import publishing


class Command(BaseCommand):
    help = (
        "Return to an earlier generation of lists, by default the last active one "
        "of those older than the active one. Called again, it goes back further. "
        "Viewers who have rated since then get a list of its model within seconds."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("generation", type=int, nargs="?", help="id of the generation")

    def handle(self, *_: Any, generation: int | None, **__: Any) -> None:
        try:
            active = publishing.roll_back(at=timezone.now(), generation_id=generation)
        except publishing.NotPublishableError as error:
            raise CommandError(f"Nothing changed: {error}.") from error
        self.stdout.write(f"Generation {active.pk} (model {active.model_version_id}) is active.")
