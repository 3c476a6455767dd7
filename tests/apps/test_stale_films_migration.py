"""Notes of films while they become notes of many, or of one again."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.movies.models import Movie, StaleDocument, StaleFilms
from tests.factories import make_movie

OF_ONE = [("movies", "0013_all_documents_are_stale")]
OF_MANY = [("movies", "0014_stale_films")]


def migrate_back() -> None:
    MigrationExecutor(connection).migrate(OF_ONE)


def migrate_forward(target: list[tuple[str, str]] | None = None) -> None:
    newest = MigrationExecutor(connection)
    newest.migrate(target or newest.loader.graph.leaf_nodes())


@pytest.mark.django_db(transaction=True)
def test_no_note_is_lost_on_the_way_back_or_forward() -> None:
    first = make_movie()
    try:
        migrate_back()
        second = make_movie()
        Movie.objects.filter(pk=first.pk).update(title="Other")
        migrate_forward(OF_MANY)
        third = make_movie()
        new = [note.movie_ids for note in StaleFilms.objects.all()]
    finally:
        migrate_forward()

    old = list(StaleDocument.objects.order_by("pk").values_list("movie_id", flat=True))
    assert old == [first.pk, second.pk, first.pk]
    assert new == [[third.pk]]
