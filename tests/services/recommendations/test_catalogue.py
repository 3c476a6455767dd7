import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries

from apps.movies.models import Company, Credit, Keyword, Movie, Person, RelatedTitles
from services.recommendations import catalogue
from services.recommendations.catalogue import (
    fit_content_model,
    read_catalogue,
    read_catalogue_of,
)
from services.recommendations.training_data import count_ratings
from services.recommender.item_model import ItemModel
from tests.factories import make_movie, make_rating, make_user

pytestmark = pytest.mark.django_db

QUERIES_PER_PART = 6


@pytest.fixture
def film() -> Movie:
    """A film of which everything is known, and more than is asked of its credits."""
    film = make_movie(
        genres=("Drama", "War"),
        year=1987,
        original_language="fr",
        vote_count=40,
        vote_average=7.5,
    )
    film.keywords.add(Keyword.objects.create(id=81, name="train"))
    film.companies.add(Company.objects.create(id=91, name="Pathé"))
    for number in range(7):
        person = Person.objects.create(id=100 + number, name=f"Player {number}")
        make_credit(film, person, is_cast=True, position=number)
    director = Person.objects.create(id=200, name="Director")
    make_credit(film, director, is_cast=False, position=0, job="Director")
    make_credit(film, director, is_cast=False, position=1, job="Writer")
    return film


def make_credit(film: Movie, person: Person, **fields: object) -> None:
    credit_id = f"{person.pk}-{fields['position']}"
    Credit.objects.create(movie=film, person=person, credit_id=credit_id, **fields)


def test_a_film_has_features_of_every_group(film: Movie) -> None:
    plain = make_movie(year=None)

    known = read_catalogue()

    assert known.item_ids.tolist() == [film.pk, plain.pk]
    assert known.features == [
        {"genre:drama", "genre:war", "keyword:81", "company:91", "director:200"}
        | {f"cast:{number}" for number in range(100, 105)}
        | {"decade:1980", "language:fr"},
        frozenset(),
    ]
    assert known.vote_counts.tolist() == [40, 0]
    assert known.vote_averages.tolist() == [7.5, 0]
    assert known.years.tolist() == [1987, 0]


def test_related_films_are_those_that_are_read() -> None:
    one, two, three = make_movie(vote_count=3), make_movie(vote_count=2), make_movie(vote_count=1)
    recommended = [5, three.tmdb_id, one.tmdb_id]
    RelatedTitles.objects.create(movie=two, recommended_tmdb_ids=recommended)
    RelatedTitles.objects.create(movie=one, recommended_tmdb_ids=[5])

    assert read_catalogue().related == {two.pk: [three.pk, one.pk]}
    assert read_catalogue(limit=2).related == {two.pk: [one.pk]}


def test_facts_are_those_of_exactly_the_films_asked_for() -> None:
    drama = make_movie(genres=("Drama",), year=1987)
    make_movie(genres=("Western",), year=1950)
    both = make_movie(genres=("War", "Drama"), year=None)
    plain = make_movie(year=2001)
    RelatedTitles.objects.create(movie=both, recommended_tmdb_ids=[plain.tmdb_id, drama.tmdb_id])
    movie_ids = np.array([drama.pk, both.pk, plain.pk, plain.pk + 1])

    known = read_catalogue_of(movie_ids)

    assert known.item_ids.tolist() == movie_ids.tolist()
    assert known.of_group("genre") == [{"drama"}, {"war", "drama"}, frozenset(), frozenset()]
    assert (known.years.tolist(), known.years.dtype) == ([1987, 0, 2001, 0], np.int32)
    assert known.related == {both.pk: [plain.pk, drama.pk]}


def test_queries_depend_on_parts_and_not_on_films(
    film: Movie,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    others = [make_movie(genres=("War",)) for _ in range(4)]
    with django_assert_num_queries(1 + QUERIES_PER_PART):
        whole = read_catalogue()

    monkeypatch.setattr(catalogue, "_PER_QUERY", 2)
    with django_assert_num_queries(1 + 3 * QUERIES_PER_PART):
        in_parts = read_catalogue()

    assert whole.item_ids.tolist() == [film.pk, *(other.pk for other in others)]
    assert in_parts.features == whole.features


def test_the_content_model_knows_keywords_and_credits(film: Movie) -> None:
    twin = make_movie(year=None)
    twin.keywords.add(Keyword.objects.get(pk=81))
    make_credit(twin, Person.objects.get(pk=200), is_cast=False, position=0, job="Director")
    stranger = make_movie(year=None)
    make_rating(user=make_user(), movie=twin)

    model = fit_content_model(count_ratings(with_simulated=False))

    assert model.item_ids.tolist() == [film.pk, twin.pk, stranger.pk]
    assert model.films.popularity == pytest.approx(np.log1p([40, 1, 0]))
    assert isinstance(model.scorer, ItemModel)
    similar = model.scorer.matrix.toarray()
    assert similar[0, 1] == pytest.approx(similar[1, 0])
    assert 0.1 < similar[0, 1] < 1
    assert not similar[2].any()


def test_an_empty_catalogue_is_read() -> None:
    assert read_catalogue().item_ids.tolist() == []
