"""`manage.py index_films`: makes the documents that searches read, in this process."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from apps.movies.models import Movie, SearchDocument, SearchWord
from apps.movies.search.stale_notes import count_changes
from services.catalog import search_documents

TOLD_EVERY = 100_000


class Command(BaseCommand):
    help = (
        "Make the documents that searches read, where films have changed, and count their words. "
        "Workers do so by themselves; this waits for it. Run again, it changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--all", action="store_true", help="make those of all films anew, changed or not"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="only say how much there is to be done"
        )

    def handle(self, *_: Any, all: bool, dry_run: bool, **__: Any) -> None:  # noqa: A002
        if dry_run:
            changes = count_changes() + (Movie.objects.count() if all else 0)
            self.stdout.write(f"Changes to look at: {changes:,}.")
            return
        if all:
            search_documents.mark_all()
        done = search_documents.refresh_all(told=self._tell)
        documents, words = SearchDocument.objects.count(), SearchWord.objects.count()
        self.stdout.write(f"Search: {done:,} changes done; {documents:,} films, {words:,} words.")

    def _tell(self, done: int) -> None:
        if done % TOLD_EVERY < search_documents.FILMS_AT_ONCE:
            self.stdout.write(f"{done:,} changes done.")
