"""What films for adults get when a platform that has some is migrated."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from rest_framework.test import APIClient

from apps.movies.models import SearchDocument, StaleFilms
from tests.apps.films import index_films
from tests.factories import make_movie

BEFORE = [("movies", "0018_all_documents_get_facts")]
INDEXES = "SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid = ANY (%s::regclass[])"
NEW = ["movie_adult_idx", "searchdocument_tier_5_idx"]


def migrate(target: list[tuple[str, str]] | None = None) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(target or executor.loader.graph.leaf_nodes())


@pytest.mark.django_db(transaction=True)
def test_films_for_adults_are_indexed_after_migrating(client: APIClient) -> None:
    film = make_movie(title="Zyxomma", adult=True)
    plain = make_movie(title="Zyxomma")
    index_films()
    try:
        migrate(BEFORE)
        documents = list(SearchDocument.objects.values_list("movie_id", flat=True))
        with connection.cursor() as cursor:
            # As it stands after a migration that was broken off.
            cursor.execute("CREATE INDEX movie_adult_idx ON movies_movie (id)")
    finally:
        migrate()

    assert documents == [plain.pk]
    assert list(StaleFilms.objects.values_list("movie_ids", flat=True)) == [[film.pk]]
    with connection.cursor() as cursor:
        cursor.execute(INDEXES, [NEW])
        assert cursor.fetchone() == (2,)
    index_films()
    answer = client.get("/api/v1/movies/search/?q=zyxomma&include_adult=true").json()
    assert {found["id"] for found in answer["results"]} == {film.pk, plain.pk}
