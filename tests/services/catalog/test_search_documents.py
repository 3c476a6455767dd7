"""Search documents follow from the catalogue, whatever changes it and however."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread, Timer
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.movies.models import (
    AlternativeTitle,
    Credit,
    Genre,
    Keyword,
    Movie,
    Person,
    SearchDocument,
    SearchWord,
    StaleFilms,
    Translation,
)
from apps.movies.models.search import ADULT_TIER, TIERS
from apps.movies.search.stale_notes import count_changes
from services.catalog import search_documents, stale_films
from services.catalog.search_documents import (
    Document,
    mark_all,
    read_documents,
    refresh_all,
    refresh_documents,
    write_documents,
)
from services.catalog.search_words import FEWEST_COMMON, count_words
from tests.factories import make_movie
from workers.tasks.catalog import count_search_words

pytestmark = pytest.mark.django_db

Documents = dict[int, tuple[Any, ...]]


def refresh() -> None:
    while refresh_documents():
        pass


def stored() -> Documents:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT movie_id, document::text, weight, tier, title_words, facts::text, runtime,"
            " release_date, vote_average, vote_count FROM movies_searchdocument"
        )
        return {row[0]: row[1:] for row in cursor.fetchall()}


@contextmanager
def uncommitted(work: Callable[[], object]) -> Iterator[Callable[[], None]]:
    """Another's transaction that has done the work; it ends with the block, or when told to."""
    is_done, may_end = Event(), Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                work()
                is_done.set()
                may_end.wait(10)
        finally:
            connection.close()

    holding = Thread(target=hold)
    holding.start()
    try:
        assert is_done.wait(10)
        yield may_end.set
    finally:
        may_end.set()
        holding.join()


def lexemes_of(film: Movie) -> set[str]:
    (document,) = read_documents([film.pk])
    return {f"{word}:{label}" for word, label in document.lexemes}


@pytest.fixture
def film() -> Movie:
    """With everything by which it is found, indexed."""
    film = make_movie(
        title="The Matrix: Part II", original_title="Mátrix", year=2003, vote_count=50
    )
    Translation.objects.create(movie=film, language="de", title="Die Matrix")
    AlternativeTitle.objects.create(movie=film, country="US", title="Neo")
    keanu = Person.objects.create(id=1, name="Keanu Reeves")
    Credit.objects.create(movie=film, person=keanu, is_cast=True, position=0, credit_id="a")
    film.keywords.add(Keyword.objects.create(id=1, name="dystopia"))
    film.genres.add(Genre.objects.create(id=7, name="Action", slug="action"))
    film.release_dates.create(
        country="US", type=3, released_on="2003-05-15", certification="R'\\ 7"
    )
    refresh()
    return film


def test_a_document_holds_words_names_and_what_follows_from_titles(film: Movie) -> None:
    assert lexemes_of(film) == {
        # The title as it is; its two parts; without an article; with digits; its initials.
        *("the:A", "matrix:A", "part:A", "ii:A", "=the matrix part ii:A", "2:B", "the:B"),
        *("matrix:B", "part:B", "=the matrix part 2:B", "=matrix part ii:B"),
        *("=the matrix:B", "=matrix:B", "=part ii:B", "=part 2:B", "#tmpi:B", "#mpi:B"),
        *("=matrix:A",),
        *("die:B", "=die matrix:B", "neo:B", "=neo:B"),
        *("keanu:C", "reeves:C", "=keanu reeves:C"),
        *("dystopia:D", "=dystopia:D", "2003:D", "@2003:D"),
    }
    ((document, weight, tier, title_words, *_),) = stored().values()
    assert "'=matrix':1A,2B" in document
    assert (weight, tier, title_words) == (1.8, 2, 1)


def test_a_document_holds_the_facts_that_filters_ask_for(film: Movie) -> None:
    Movie.objects.update(original_language="en", production_countries=["US", "AU"])
    film.release_dates.create(country="DE", type=3, released_on="2003-05-22", certification="")

    (document,) = read_documents([film.pk])

    assert document.facts == {"g7", "k1", "len", "cUS", "cAU", "xUS:R'\\ 7", "y2003", "d2000"}


def test_a_document_of_a_film_for_adults_is_in_a_tier_of_its_own(film: Movie) -> None:
    ((document, weight, _, *others),) = stored().values()
    for is_adult, tier in ((True, ADULT_TIER), (False, 2)):
        Movie.objects.filter(pk=film.pk).update(adult=is_adult)
        refresh()
        assert [*stored().values()] == [(document, weight, tier, *others)]
    assert ADULT_TIER not in TIERS

    Movie.objects.filter(pk=film.pk).update(adult=True, tombstoned_at=timezone.now())
    refresh()
    assert stored() == {}


CHANGES: dict[str, Callable[[Movie], Any]] = {
    "title": lambda film: Movie.objects.filter(pk=film.pk).update(title="Other"),
    "original title": lambda film: Movie.objects.filter(pk=film.pk).update(original_title="Other"),
    "year": lambda film: Movie.objects.filter(pk=film.pk).update(year=None),
    "votes": lambda film: Movie.objects.filter(pk=film.pk).update(vote_count=5_000),
    "popularity": lambda film: Movie.objects.filter(pk=film.pk).update(popularity=500),
    "few votes": lambda film: Movie.objects.filter(pk=film.pk).update(vote_count=51),
    "average": lambda film: Movie.objects.filter(pk=film.pk).update(vote_average=7.5),
    "runtime": lambda film: Movie.objects.filter(pk=film.pk).update(runtime=5),
    "day": lambda film: Movie.objects.filter(pk=film.pk).update(release_date="2003-05-15"),
    "adult": lambda film: Movie.objects.filter(pk=film.pk).update(adult=True),
    "removed": lambda film: Movie.objects.filter(pk=film.pk).update(tombstoned_at=timezone.now()),
    "language": lambda film: Movie.objects.filter(pk=film.pk).update(original_language="eo"),
    "countries": lambda film: Movie.objects.filter(pk=film.pk).update(production_countries=["CH"]),
    "genre": lambda film: film.genres.add(Genre.objects.create(name="Sci-Fi", slug="sci-fi")),
    "genre gone": lambda film: film.genres.clear(),
    "certification": lambda film: film.release_dates.create(
        country="US", type=3, released_on="2003-05-15", certification="R"
    ),
    "certification changed": lambda film: film.release_dates.update(certification="PG"),
    "certification gone": lambda film: film.release_dates.all().delete(),
    "translation": lambda film: film.translations.create(language="fr", title="Autre"),
    "translation changed": lambda film: film.translations.update(title="Autre"),
    "translation gone": lambda film: film.translations.all().delete(),
    "other title": lambda film: film.alternative_titles.create(title="Other"),
    "other title changed": lambda film: film.alternative_titles.update(title="Other"),
    "other title gone": lambda film: film.alternative_titles.all().delete(),
    "credit": lambda film: film.credits.create(
        person=Person.objects.create(id=2, name="Lilly"), is_cast=False, job="Director", position=0
    ),
    "credit changed": lambda film: film.credits.update(position=50),
    "credit gone": lambda film: film.credits.all().delete(),
    "name of a person": lambda _: Person.objects.update(name="Other"),
    "keyword": lambda film: film.keywords.add(Keyword.objects.create(id=2, name="bullet time")),
    "keyword gone": lambda film: film.keywords.clear(),
    "name of a keyword": lambda _: Keyword.objects.update(name="Other"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_a_film_changes_its_document(film: Movie, change: str) -> None:
    before = stored()

    CHANGES[change](film)
    refresh()

    after = stored()
    assert after != before
    SearchDocument.objects.update(weight=9)
    mark_all()
    refresh()
    assert stored() == after


@pytest.mark.parametrize(
    "fields",
    [
        {"overview": "Longer", "updated_at": timezone.now(), "synced_at": None},
        # This is no step of the weight.
        {"popularity": 0.1},
    ],
)
def test_what_no_document_tells_makes_none_stale(film: Movie, fields: dict[str, Any]) -> None:
    Movie.objects.filter(pk=film.pk).update(**fields)
    film.videos.create(site="YouTube", key="x", position=0)

    assert count_changes() == 0


@pytest.mark.parametrize(
    ("votes", "popularity", "weight"),
    [
        (0, 0, 1.0),
        (90, 0, 2.0),
        (0, 9, 2.0),
        (2_147_483_647, 0, 9.3),
        (0, 1e308, 10.0),
        (0, float("inf"), 10.0),
        (0, -5, 1.0),
    ],
)
def test_whatever_votes_and_popularity_are_the_film_is_written(
    votes: int, popularity: float, weight: float
) -> None:
    film = make_movie()
    Movie.objects.filter(pk=film.pk).update(vote_count=votes, popularity=popularity)
    refresh()

    assert SearchDocument.objects.get(movie=film).weight == weight


def test_films_that_are_gone_have_no_document(film: Movie) -> None:
    film.delete()
    refresh()

    assert stored() == {}


def test_after_any_changes_documents_are_as_if_all_were_made_anew() -> None:
    rng = random.Random(10)
    films = [make_movie(title=f"Film {number}", vote_count=number) for number in range(12)]
    people = [Person.objects.create(id=number, name=f"Person {number}") for number in range(5)]
    keywords = [Keyword.objects.create(id=number, name=f"Key {number}") for number in range(5)]
    changes: list[Callable[[Movie], Any]] = [
        lambda film: Movie.objects.filter(pk=film.pk).update(title=f"T {rng.random()}"),
        lambda film: Movie.objects.filter(pk=film.pk).update(vote_count=rng.randrange(9_000)),
        lambda film: Movie.objects.filter(pk=film.pk).update(adult=rng.random() < 0.5),
        lambda film: film.credits.create(
            person=rng.choice(people),
            is_cast=False,
            job="Director",
            position=rng.randrange(10**9),
        ),
        lambda film: film.credits.all().delete(),
        lambda film: film.keywords.set(rng.sample(keywords, 2)),
        lambda film: film.alternative_titles.create(title=f"A {rng.random()}"),
        lambda film: film.alternative_titles.update(title=f"B {rng.random()}"),
        lambda _: Person.objects.filter(pk=rng.randrange(5)).update(name=f"P {rng.random()}"),
        lambda _: Keyword.objects.filter(pk=rng.randrange(5)).update(name=f"K {rng.random()}"),
    ]
    for _ in range(30):
        for _ in range(rng.randrange(6)):
            rng.choice(changes)(rng.choice(films))
        refresh_documents(limit=rng.randrange(1, 8))
    refresh()

    kept = stored()
    SearchDocument.objects.all().delete()
    mark_all()
    refresh()
    assert stored() == kept


def test_a_film_that_was_noted_twice_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    films = [make_movie() for _ in range(3)]
    films[0].alternative_titles.create(title="Other")
    made: list[Sequence[int]] = []

    def write(movie_ids: Sequence[int]) -> int:
        made.append(movie_ids)
        return len(movie_ids)

    monkeypatch.setattr(search_documents, "write_documents", write)

    assert refresh_documents(limit=4) == 3

    assert made == [sorted(film.pk for film in films)]


def test_a_film_that_cannot_be_indexed_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    films = [make_movie() for _ in range(5)]
    read = search_documents.read_documents

    def fail_at_one(movie_ids: Sequence[int]) -> list[Document]:
        if films[3].pk in movie_ids:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 'x'::tsquery || repeat('y', 3000)::tsquery")
        return read(movie_ids)

    monkeypatch.setattr(search_documents, "read_documents", fail_at_one)

    assert refresh_documents() == 5

    assert set(stored()) == {film.pk for film in films} - {films[3].pk}
    assert count_changes() == 0
    assert f"No search document can be made of film {films[3].pk}." in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_name_that_changes_while_a_film_gets_it_is_not_lost() -> None:
    film = make_movie()
    person = Person.objects.create(id=1, name="Before")

    def add() -> None:
        Credit.objects.create(movie=film, person=person, is_cast=True, position=0)

    with uncommitted(add):
        Person.objects.update(name="After")
        refresh()
    refresh()

    assert "'after'" in stored()[film.pk][0]


@pytest.mark.django_db(transaction=True)
def test_who_makes_all_of_them_goes_on_after_another_worker() -> None:
    for _ in range(2):
        make_movie()
    # Each noted by itself, so that one is left.
    with uncommitted(lambda: refresh_documents(limit=1)) as end:
        Timer(0.5, end).start()
        assert refresh_all() == 1

    assert len(stored()) == 2
    assert SearchWord.objects.exists()


def test_words_are_counted_with_the_best_film_that_has_them(film: Movie) -> None:
    make_movie(title="Matrix Nights", vote_count=9_000)
    for number in range(FEWEST_COMMON + 1):
        make_movie(title=f"Number {number + 100} of Nights", year=None)
    refresh()
    SearchWord.objects.create(word="gone", films=3, weight=4)

    count_words()

    words = {row.word: (row.films, row.weight, row.is_common) for row in SearchWord.objects.all()}
    assert words["matrix"] == (2, 4.0, False)
    assert words["nights"] == (FEWEST_COMMON + 2, 4.0, True)
    assert words["keanu"] == (1, 1.8, False)
    assert "gone" not in words
    counted = Counter(
        word
        for document in read_documents(Movie.objects.values_list("pk", flat=True))
        for word in {word for word, _ in document.lexemes if word[0] not in "=#@"}
    )
    assert {word: films for word, (films, *_) in words.items()} == counted


def test_films_that_lack_a_document_are_noted_when_words_are_counted(film: Movie) -> None:
    """As those for adults that workers of a version before took the notes of."""
    adult = make_movie(title="Zyxomma", adult=True)
    make_movie(title="Gone", tombstoned_at=timezone.now())
    StaleFilms.objects.all().delete()
    refresh()
    assert stored().keys() == {film.pk}

    count_search_words()
    refresh()

    assert stored().keys() == {film.pk, adult.pk}
    assert stale_films.note_lacking() == 0


def test_new_words_are_known_before_they_are_counted(film: Movie) -> None:
    assert SearchWord.objects.get(word="matrix").weight == 1.8

    make_movie(title="Matrix", vote_count=9_000)
    refresh()

    assert SearchWord.objects.get(word="matrix").weight == 4.0


@pytest.mark.django_db(transaction=True)
def test_a_change_that_was_not_committed_yet_is_not_lost() -> None:
    film = make_movie(title="Before")

    with uncommitted(lambda: Movie.objects.filter(pk=film.pk).update(title="After")):
        refresh()
        assert "'before'" in stored()[film.pk][0]
    refresh()

    assert "'after'" in stored()[film.pk][0]


@pytest.mark.django_db(transaction=True)
def test_one_worker_at_a_time_makes_documents() -> None:
    make_movie()

    with uncommitted(refresh_documents):
        make_movie()
        assert refresh_documents() is None

    assert len(stored()) == 1
    assert refresh_documents() == 1


def test_documents_count_as_changed_if_their_words_did(film: Movie) -> None:
    Movie.objects.filter(pk=film.pk).update(vote_average=7.5, vote_count=51)
    assert write_documents([film.pk]) == 0

    Movie.objects.filter(pk=film.pk).update(title="Other")
    assert write_documents([film.pk, make_movie().pk]) == 2

    Movie.objects.filter(pk=film.pk).update(adult=True)
    assert write_documents([film.pk]) == 1
