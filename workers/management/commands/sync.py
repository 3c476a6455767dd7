"""`manage.py sync KIND`: bring the catalogue up to date with TMDb, or say what that would take."""

import json
import sys
import time
from argparse import ArgumentTypeError
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console

from apps.movies.actions import MAX_SELECTED, TooManyTitlesError
from services import tmdb
from services.catalog import planning
from services.catalog.starting import KINDS, start
from workers import progress

WRONG_USAGE = 2
INTERRUPTED = 130
MOST_DAYS = 3_650
LARGEST_ID = 2**31 - 1

_HELP = """\
Sync the catalogue with TMDb. Works here, next to any workers; what Ctrl-C leaves undone they
finish. If a sync of the kind is under way, this one joins it.

Kinds: genres; trending (both windows); lists (popular, top rated, now playing, upcoming); movies
(the given ids); changes (since the last time); export (every title that TMDb has, the most popular
first); refresh (titles whose details are old); blank (what could not be refreshed within the time
for which TMDb's terms allow to keep it).

Exit codes: 0 done, 1 failed, cancelled or refused, 2 wrong usage, 130 interrupted.
"""


class Command(BaseCommand):
    help = _HELP

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
        parser.add_argument(
            "tmdb_ids", nargs="*", type=_tmdb_id, metavar="ID", help="TMDb ids, for movies"
        )
        parser.add_argument(
            "--plan",
            action="store_true",
            help="print calls, minutes at the present budget and rows touched, and do nothing",
        )
        parser.add_argument(
            "--limit", type=_limit, help="export: take this many titles, the most popular"
        )
        parser.add_argument(
            "--min-popularity", type=_popularity, help="export: take no title below this"
        )
        parser.add_argument(
            "--ids-only", action="store_true", help="export: fetch no details of the titles"
        )
        parser.add_argument(
            "--older-than-days", type=_days, help="refresh: instead of TMDB_REFRESH_DAYS"
        )
        parser.add_argument(
            "--no-wait", action="store_true", help="only request it; the workers do the rest"
        )
        parser.add_argument("--no-progress", action="store_true", help="show no progress")

    def handle(self, *_: Any, **options: Any) -> None:
        kind, scope = options["kind"], _scope(options)
        if options["plan"]:
            self._say_plan(kind, scope)
            return
        if not tmdb.has_credential():
            raise CommandError("Neither TMDB_API_TOKEN nor TMDB_API_KEY is set: nothing was done.")
        self._sync(kind, scope, options)

    def _say_plan(self, kind: str, scope: Mapping[str, Any]) -> None:
        plan = planning.plan(kind, scope, at=timezone.now())
        about = "about " if plan.is_estimate else ""
        self.stdout.write(f"calls: {about}{plan.calls:,}")
        self.stdout.write(f"minutes: {about}{plan.minutes:,.1f}")
        self.stdout.write(f"rows: {about}{plan.rows:,}")
        self.stdout.write("Nothing was done.")

    def _sync(self, kind: str, scope: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        try:
            request = start(kind=kind, scope=scope)
        except TooManyTitlesError as error:
            raise CommandError(f"Nothing was done: {error}.") from error
        state = "is under way already and is joined" if request.joined else "is requested"
        self.stdout.write(f"Sync {request.run.pk} ({kind}) {state}.")
        if request.joined and kind != "movies" and request.run.scope != scope:
            self.stdout.write(f"It goes on with its own scope, {json.dumps(request.run.scope)}.")
        if options["no_wait"]:
            return
        # On a terminal the bar is drawn on the error stream, so that the output can be kept.
        shown = not options["no_progress"] and sys.stderr.isatty()
        started = time.monotonic()
        try:
            run = progress.sync(request.run.pk, Console(stderr=True), shown=shown)
        except KeyboardInterrupt:
            raise CommandError(
                "Interrupted: the workers go on with it.", returncode=INTERRUPTED
            ) from None
        self.stdout.write(progress.sync_summary(run, seconds=time.monotonic() - started))
        if run.state != run.State.DONE:
            raise CommandError(f"The sync ended as {run.state}. {run.error}".strip())


def _scope(options: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked for. Raises CommandError for what does not fit the kind."""
    given = {
        "tmdb_ids": ("movies", options["tmdb_ids"] or None),
        "limit": ("export", options["limit"]),
        "min_popularity": ("export", options["min_popularity"]),
        "ids_only": ("export", options["ids_only"] or None),
        "older_than_days": ("refresh", options["older_than_days"]),
    }
    scope = {name: value for name, (_, value) in given.items() if value is not None}
    for name in scope:
        if given[name][0] != options["kind"]:
            text = f"{name.replace('_', ' ')} goes with {given[name][0]}, not {options['kind']}"
            raise CommandError(text, returncode=WRONG_USAGE)
    if options["kind"] == "movies" and "tmdb_ids" not in scope:
        raise CommandError("movies needs ids: sync movies 550 603", returncode=WRONG_USAGE)
    if len(set(scope.get("tmdb_ids", ()))) > MAX_SELECTED:
        text = f"movies takes at most {MAX_SELECTED:,} ids at once"
        raise CommandError(text, returncode=WRONG_USAGE)
    return scope


def _tmdb_id(text: str) -> int:
    number = _positive(text)
    if number > LARGEST_ID:
        raise ArgumentTypeError(f"{text} is no TMDb id")
    return number


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ArgumentTypeError(f"{text} is no positive whole number")
    return int(text)


def _limit(text: str) -> int:
    number = _positive(text)
    if number > LARGEST_ID:
        raise ArgumentTypeError(f"{text} is more than TMDb can have")
    return number


def _days(text: str) -> int:
    number = _positive(text)
    if number > MOST_DAYS:
        raise ArgumentTypeError(f"{text} days are more than {MOST_DAYS}")
    return number


def _popularity(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise ArgumentTypeError(f"{text} is no popularity: a number from 0")
    return value
