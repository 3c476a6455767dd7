"""`manage.py prepare_platform`: what `make up` runs between migrating and starting workers."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from movie_backend.env import env
from services import preparation

EMAIL_VARIABLE = "NEXUS_ADMIN_EMAIL"
PASSWORD_VARIABLE = "NEXUS_ADMIN_PASSWORD"  # noqa: S105  # the name of a variable


class Command(BaseCommand):
    help = (
        "Load the starter set, create the administrator named by "
        f"{EMAIL_VARIABLE} and {PASSWORD_VARIABLE}, and publish first lists. "
        "What is there already stays as it is."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            self._prepare_films()
            self._prepare_admin()
            self._prepare_lists()
        except preparation.PreparationError as error:
            raise CommandError(str(error)) from error

    def _prepare_films(self) -> None:
        report = preparation.ensure_starter_films()
        done = f"{report.new} films loaded" if report else "already there"
        self.stdout.write(f"Starter set: {done}.")

    def _prepare_admin(self) -> None:
        email, password = env.str(EMAIL_VARIABLE, ""), env.str(PASSWORD_VARIABLE, "")
        if not email or not password:
            self.stdout.write(
                f"Administrator: none asked for ({EMAIL_VARIABLE}, {PASSWORD_VARIABLE})."
            )
            return
        outcome = preparation.ensure_admin(email=email, password=password)
        self.stdout.write(f"Administrator: {email} {outcome.value}.")

    def _prepare_lists(self) -> None:
        started = time.perf_counter()
        generation = preparation.ensure_generation(clock=timezone.now, sleep=time.sleep)
        if generation is None:
            self.stdout.write("Lists: already published.")
            return
        seconds = time.perf_counter() - started
        self.stdout.write(
            f"Lists: trained model {generation.model_version_id} and published generation "
            f"{generation.pk} with {generation.list_count} lists in {seconds:.1f} s."
        )
