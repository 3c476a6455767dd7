from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.recommendations import publishing


class Command(BaseCommand):
    help = (
        "Return to an earlier generation of lists, by default the last active one "
        "of those older than the active one. Called again, it goes back further. "
        "Viewers who have rated since then get a list of its model within seconds. "
        "What is being trained or built is not published by itself any more."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("generation", type=int, nargs="?", help="id of the generation")

    def handle(self, *_: Any, generation: int | None, **__: Any) -> None:
        try:
            rolled_back = publishing.roll_back(at=timezone.now(), generation_id=generation)
        except (publishing.NotPublishableError, publishing.FlipTimeoutError) as error:
            raise CommandError(f"Nothing changed: {error}.") from error
        active = rolled_back.generation
        self.stdout.write(f"Generation {active.pk} (model {active.model_version_id}) is active.")
        for sentence in rolled_back.held_back.sentences():
            self.stdout.write(sentence)
