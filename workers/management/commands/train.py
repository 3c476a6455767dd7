from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console

from apps.recommendations import actions
from workers import progress


class Command(BaseCommand):
    help = (
        "Train a model from all ratings, then build and publish the lists of all users with it. "
        "Works here, next to any workers; what Ctrl-C leaves undone they finish."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--no-wait", action="store_true", help="only request it; the workers do the rest"
        )
        parser.add_argument(
            "--no-publish", action="store_true", help="train the model but build no lists with it"
        )

        parser.add_argument(
            "--no-gate",
            action="store_true",
            help="train with the settings of the environment without comparing them first",
        )

    def handle(self, *_: Any, no_wait: bool, no_publish: bool, no_gate: bool, **__: Any) -> None:
        console = Console(file=self.stdout)  # type: ignore[arg-type]  # OutputWrapper is a TextIO
        version = actions.request_training(publish=not no_publish, with_gate=not no_gate)
        console.print(f"Model {version.pk} is requested.")
        if no_wait:
            return
        generation_id = progress.train(version.pk, console)
        if generation_id is not None:
            progress.build(generation_id, console)
