"""Which films are noted for searches, in how many rows, and in which order they are taken."""

import pytest
from django.db import connection

from apps.movies.models import Credit, Movie, Person, StaleDocument, StaleFilms
from apps.movies.search.stale_notes import count_changes
from services.catalog import stale_films
from services.catalog.search_documents import has_stale_documents, mark_all, refresh_documents
from tests.factories import make_movie

pytestmark = pytest.mark.django_db


def make_films(count: int) -> list[int]:
    """By one statement."""
    films = Movie.objects.bulk_create(
        Movie(title=f"Film {number}", vote_count=number) for number in range(count)
    )
    return [film.pk for film in films]


def lengths() -> list[int]:
    return [len(note.movie_ids) for note in StaleFilms.objects.all()]


@pytest.fixture
def films() -> list[int]:
    """601 films that nobody has to look at."""
    films = make_films(601)
    StaleFilms.objects.all().delete()
    return films


def test_a_statement_about_many_films_leaves_few_notes() -> None:
    films = make_films(601)

    assert sorted(lengths()) == [101, 250, 250]
    assert stale_films.take(limit=1_000) == set(films)


def test_rows_of_one_film_are_one_film_of_the_note(films: list[int]) -> None:
    people = [Person.objects.create(id=number, name=f"Person {number}") for number in range(3)]
    Credit.objects.bulk_create(
        Credit(movie_id=films[0], person=person, is_cast=True, position=person.pk)
        for person in people
    )

    assert list(StaleFilms.objects.values_list("movie_ids", flat=True)) == [[films[0]]]


def test_a_statement_about_no_film_leaves_none() -> None:
    Movie.objects.filter(pk=0).update(title="Other")
    Credit.objects.filter(pk=0).delete()

    assert not has_stale_documents()


def test_what_was_noted_last_is_taken_first(films: list[int]) -> None:
    Movie.objects.filter(pk__in=films[:500]).update(adult=True)
    late = make_movie()

    assert stale_films.take(limit=1) == {late.pk}
    assert late.pk not in stale_films.take(limit=250)


def test_no_more_films_are_taken_than_asked_for_but_one_note_at_least() -> None:
    for count in (10, 20, 30, 5):
        make_films(count)

    assert [len(stale_films.take(limit=limit)) for limit in (34, 50, 1, 1)] == [5, 50, 10, 0]


def test_all_are_noted_the_best_known_to_be_taken_first(films: list[int]) -> None:
    assert mark_all() == len(films)

    assert stale_films.take(limit=250) == set(films[-250:])
    assert sorted(lengths()) == [101, 250]
    assert stale_films.take(limit=1_000) | set(films[-250:]) >= set(films)


def test_notes_of_the_version_before_are_taken_all_of_the_same_film_at_once(
    films: list[int],
) -> None:
    StaleDocument.objects.bulk_create(
        StaleDocument(movie_id=films[number]) for number in (7, 5, 7, 9)
    )
    late = make_movie()

    assert count_changes() == 5
    assert has_stale_documents()
    assert stale_films.take(limit=2) == {late.pk}
    assert refresh_documents(limit=2) == 2
    assert list(StaleDocument.objects.values_list("movie_id", flat=True)) == [films[9]]
    assert refresh_documents() == 1
    assert not has_stale_documents()


def test_films_of_a_name_are_noted_together(films: list[int]) -> None:
    person = Person.objects.create(id=1, name="Before")
    Credit.objects.bulk_create(
        Credit(movie_id=film, person=person, is_cast=True, position=0) for film in films
    )
    StaleFilms.objects.all().delete()
    Person.objects.update(name="After")
    assert count_changes() == 1

    assert len(stale_films.take(limit=1)) in {101, 250}
    assert not StaleDocument.objects.exists()
    assert len(lengths()) == 2


def test_counting_stops_at_the_most_that_is_asked_for() -> None:
    make_films(601)
    StaleDocument.objects.create(person_id=1)

    assert [count_changes(most=most) for most in (None, 602, 400)] == [602, 602, 400]


def test_a_note_is_not_put_aside_by_postgresql(films: list[int]) -> None:
    mark_all()

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE oid = %s::regclass",
            ["movies_stalefilms"],
        )
        assert cursor.fetchone() == (0,)
