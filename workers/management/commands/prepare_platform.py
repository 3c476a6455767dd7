"""`manage.py prepare_platform`: what `make up` runs between migrating and starting workers."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from environs import FileAwareEnv

from services import preparation

EMAIL_VARIABLE = "NEXUS_ADMIN_EMAIL"
PASSWORD_VARIABLE = "NEXUS_ADMIN_PASSWORD"  # noqa: S105  # the name of a variable


class Command(BaseCommand):
    help = (
        "Load the starter set and index it for searches, create the administrator named by "
        f"{EMAIL_VARIABLE} and {PASSWORD_VARIABLE} (or by files that {EMAIL_VARIABLE}_FILE and "
        f"{PASSWORD_VARIABLE}_FILE name), and publish first lists. Where SIMULATED_VIEWERS is set, "
        "an empty platform gets simulated viewers to learn from. Where TMDb was never asked and "
        "a credential for it is set, the first syncs are requested, which the workers do. "
        "What is there already stays as it is."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            self._prepare_films()
            self._prepare_search()
            self._prepare_viewers()
            self._prepare_admin()
            self._prepare_lists()
            self._prepare_syncs()
        except preparation.PreparationError as error:
            raise CommandError(str(error)) from error

    def _prepare_films(self) -> None:
        report = preparation.ensure_starter_films()
        done = f"{report.new} films loaded" if report else "already there"
        self.stdout.write(f"Starter set: {done}.")

    def _prepare_search(self) -> None:
        changes = preparation.ensure_search()
        done = "left to the workers" if changes is None else f"{changes:,} changes of films indexed"
        self.stdout.write(f"Search: {done}.")

    def _prepare_viewers(self) -> None:
        report = preparation.ensure_viewers(at=timezone.now())
        done = f"{report.viewers} with {report.ratings:,} ratings added" if report else "none added"
        self.stdout.write(f"Simulated viewers: {done}.")

    def _prepare_admin(self) -> None:
        email, password = _read_secret(EMAIL_VARIABLE), _read_secret(PASSWORD_VARIABLE)
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
        model = generation.model_version
        self.stdout.write(
            f"Lists: trained model {model.pk} ({model.kind}, {model.user_count} viewers, "
            f"{model.simulated_user_count} of them simulated) and published generation "
            f"{generation.pk} with {generation.list_count} lists in {seconds:.1f} s."
        )

    def _prepare_syncs(self) -> None:
        runs = preparation.ensure_syncs()
        asked = ", ".join(run.kind for run in runs)
        self.stdout.write(
            f"TMDb: {f'asked for syncs of {asked}' if runs else 'nothing to ask for'}."
        )


def _read_secret(name: str) -> str:
    """The variable, or the content of the file that `<name>_FILE` names, without its line break.

    Raises CommandError if that file cannot be read.
    """
    try:
        return str(FileAwareEnv(strip_whitespace=True).str(name, ""))
    except ValueError as error:
        raise CommandError(str(error)) from error
