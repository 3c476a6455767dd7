from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.movies import images
from apps.movies.models import Collection, Keyword, Movie, RelatedTitles
from apps.movies.similar import FEWEST_NAMED
from apps.recommendations.models import SimilarFilms
from tests.apps.api import refused
from tests.apps.films import SYNCED_AT
from tests.apps.query_counts import captured_queries
from tests.factories import make_generation, make_movie

pytestmark = pytest.mark.django_db


def similar_to(client: APIClient, movie: Movie) -> dict[str, Any]:
    response = client.get(f"/api/v1/movies/{movie.pk}/similar/")
    assert response.status_code == 200
    body: dict[str, Any] = response.json()
    body["results"] = [film["title"] for film in body["results"]]
    return body


def relate(movie: Movie, *, recommended: list[int], similar: list[int]) -> None:
    RelatedTitles.objects.create(
        movie=movie, recommended_tmdb_ids=recommended, similar_tmdb_ids=similar
    )


def know(movie: Movie, *others: Movie, active: bool = True) -> None:
    """As a training does: films like the film, by the model whose lists are read or by another."""
    version = make_generation(active=active).model_version
    SimilarFilms.objects.create(
        model_version=version, movie_id=movie.pk, movie_ids=[other.pk for other in others]
    )


def test_the_model_of_what_viewers_did_comes_before_tmdb(client: APIClient) -> None:
    movie = make_movie(synced_at=SYNCED_AT)
    others = [make_movie(title=f"Alike {number}") for number in range(FEWEST_NAMED)]
    hidden = [make_movie(adult=True), make_movie(tombstoned_at=timezone.now())]
    relate(movie, recommended=[make_movie(title="Named", tmdb_id=5).tmdb_id or 0], similar=[])
    know(movie, *hidden, *reversed(others))

    found = similar_to(client, movie)

    assert found["results"] == [film.title for film in reversed(others)]
    assert (found["source"], found["fetched_at"]) == ("model", None)


def test_where_the_model_knows_few_tmdb_follows_and_then_what_shares_the_most(
    client: APIClient,
) -> None:
    movie = make_movie(genres=("Drama",), synced_at=SYNCED_AT)
    alike = [make_movie(title=f"Alike {number}") for number in range(2)]
    named = [make_movie(title=f"Named {number}", tmdb_id=number) for number in range(1, 3)]
    make_movie(title="Sharing", genres=("Drama",))
    know(movie, *alike)
    relate(movie, recommended=[film.tmdb_id or 0 for film in named], similar=[])

    found = similar_to(client, movie)

    assert found["results"] == ["Alike 0", "Alike 1", "Named 1", "Named 2", "Sharing"]
    assert found["source"] == "catalogue"


def test_a_model_whose_lists_nobody_reads_says_nothing(client: APIClient) -> None:
    movie = make_movie(tmdb_id=1, synced_at=SYNCED_AT)
    named = make_movie(title="Named", tmdb_id=2)
    know(movie, make_movie(title="Alike"), active=False)
    relate(movie, recommended=[named.tmdb_id or 0], similar=[])

    assert similar_to(client, movie)["results"] == ["Named"]


def test_what_tmdb_recommends_comes_first_then_what_it_finds_similar(client: APIClient) -> None:
    movie = make_movie(tmdb_id=1, synced_at=SYNCED_AT)
    for tmdb_id in (2, 3, 4):
        make_movie(title=str(tmdb_id), tmdb_id=tmdb_id)
    make_movie(title="Adult", tmdb_id=5, adult=True)
    make_movie(title="Removed", tmdb_id=6, tombstoned_at=timezone.now())
    relate(movie, recommended=[5, 4, 999, 2], similar=[6, 2, 1, 3])

    assert similar_to(client, movie) == {
        "source": "tmdb",
        "fetched_at": "2026-11-22T03:10:00Z",
        "next": None,
        "previous": None,
        "results": ["4", "2", "3"],
    }


def test_few_films_that_tmdb_names_are_followed_by_those_that_share_the_most(
    client: APIClient,
) -> None:
    movie = make_movie(genres=("Drama",), synced_at=SYNCED_AT)
    named = [make_movie(title=f"Named {number}", tmdb_id=number) for number in range(1, 10)]
    make_movie(title="Sharing", genres=("Drama",))
    relate(movie, recommended=[film.tmdb_id for film in named if film.tmdb_id], similar=[])
    titles = [film.title for film in named]
    # A process reads them once in minutes.
    images.known.get()

    with captured_queries() as nine:
        found = similar_to(client, movie)
    assert found["results"] == [*titles, "Sharing"]
    assert (found["source"], found["fetched_at"]) == ("catalogue", None)

    make_movie(title="Named 10", tmdb_id=10)
    RelatedTitles.objects.update(similar_tmdb_ids=[10])
    with captured_queries() as ten:
        found = similar_to(client, movie)
    assert found["results"] == [*titles, "Named 10"]
    assert found["source"] == "tmdb"
    assert (len(nine), len(ten)) == (8, 7)


def test_hidden_films_take_no_place_of_one_that_may_be_shown(client: APIClient) -> None:
    series = Collection.objects.create(id=1, name="Alien Collection")
    space = Keyword.objects.create(id=1, name="space")
    movie = make_movie(collection=series)
    movie.keywords.add(space)
    Movie.objects.bulk_create(
        Movie(title="Hidden", collection=series, adult=True) for _ in range(500)
    )
    make_movie(title="Moon").keywords.add(space)

    assert similar_to(client, movie)["results"] == ["Moon"]


@pytest.mark.parametrize("related", [None, [], [999]])
def test_without_films_that_tmdb_names_those_that_share_the_most_are_shown(
    client: APIClient, related: list[int] | None
) -> None:
    series = Collection.objects.create(id=1, name="Alien Collection")
    space, robot, war = (
        Keyword.objects.create(id=number, name=name)
        for number, name in enumerate(["space", "robot", "war"], start=1)
    )
    movie = make_movie(title="Alien", collection=series, genres=("Horror", "Drama"))
    movie.keywords.add(space, robot)
    make_movie(title="Aliens", collection=series)
    make_movie(title="Moon", genres=("Drama",)).keywords.add(space, robot)
    make_movie(title="Gravity").keywords.add(space)
    make_movie(title="It", genres=("Horror", "Drama"), vote_count=5)
    make_movie(title="Saw", genres=("Horror",))
    make_movie(title="Up", genres=("Comedy",), vote_count=9).keywords.add(war)
    make_movie(title="Hidden", collection=series, adult=True)
    make_movie(title="Gone", collection=series, tombstoned_at=timezone.now())
    if related is not None:
        relate(movie, recommended=related, similar=related)

    assert similar_to(client, movie) == {
        "source": "catalogue",
        "fetched_at": None,
        "next": None,
        "previous": None,
        "results": ["Aliens", "Moon", "Gravity", "It", "Saw"],
    }


def test_a_rare_keyword_says_more_than_a_common_one(client: APIClient) -> None:
    rare = Keyword.objects.create(id=1, name="xenomorph")
    common = Keyword.objects.create(id=2, name="woman director")
    movie = make_movie()
    movie.keywords.add(rare, common)
    for _ in range(20):
        make_movie(title="Common").keywords.add(common)
    make_movie(title="Rare").keywords.add(rare)

    assert similar_to(client, movie)["results"][:2] == ["Rare", "Common"]


def test_a_film_that_shares_nothing_has_nothing_similar(client: APIClient) -> None:
    movie = make_movie()
    make_movie(genres=("Drama",))

    assert similar_to(client, movie)["results"] == []


def test_a_film_that_no_list_shows_has_similar_ones_all_the_same(client: APIClient) -> None:
    movie = make_movie(genres=("Drama",), tombstoned_at=timezone.now())
    make_movie(title="Shown", genres=("Drama",))

    assert similar_to(client, movie)["results"] == ["Shown"]


def test_a_parameter_that_is_not_known_is_refused(client: APIClient, movie: Movie) -> None:
    response = client.get(f"/api/v1/movies/{movie.pk}/similar/?limit=3")

    error = refused(response, 400, "unknown_parameter")
    assert error["details"] == {"allowed": ["fields", "include_adult", "page", "page_size"]}
