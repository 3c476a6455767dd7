from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console

from apps.recommendations import actions
from services.recommendations import building, refreshing
from workers import progress


class Command(BaseCommand):
    help = (
        "Build the lists of all users with the newest model that is ready, and publish them. "
        "Works here, next to any workers; what Ctrl-C leaves undone they finish."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--user",
            type=int,
            metavar="ID",
            help="build only this user's list, if it is not current",
        )

    def handle(self, *_: Any, user: int | None, **__: Any) -> None:
        console = Console(file=self.stdout)  # type: ignore[arg-type]  # OutputWrapper is a TextIO
        if user is not None:
            self._refresh(user, console)
            return
        model_version_id = building.newest_ready_model()
        if model_version_id is None:
            raise CommandError("No model is ready. Run `manage.py train` first.")
        generation = actions.request_generation(model_version_id=model_version_id)
        progress.build(generation.pk, console)

    def _refresh(self, user_id: int, console: Console) -> None:
        outcome = refreshing.refresh_user(user_id=user_id, clock=timezone.now).outcome
        if outcome in (refreshing.Outcome.NO_GENERATION, refreshing.Outcome.GONE):
            raise CommandError(f"User {user_id}: {outcome.value}.")
        console.print(f"User {user_id}: {outcome.value}.")
