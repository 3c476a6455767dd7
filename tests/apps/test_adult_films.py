"""Films for adults are in lists for those who asked for them, by a parameter or their profile."""

from typing import Any, NamedTuple

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.movies.filtering.orderings import ORDERINGS
from apps.movies.models import Collection, ListName, Movie, RelatedTitles
from apps.recommendations.models import SimilarFilms
from tests.apps.api import client_of, refused
from tests.apps.films import index_films, make_credit, make_person, store_list
from tests.apps.query_counts import captured_queries
from tests.factories import make_generation, make_genre, make_movie, make_user

pytestmark = pytest.mark.django_db

MOVIES = "/api/v1/movies/"
PERSON_ID = 7


class Way(NamedTuple):
    """What a caller's profile says, None of who has none, and what the request does."""

    profile: bool | None
    parameter: str | None
    is_asked: bool


WAYS = {
    "nobody asked": Way(profile=None, parameter=None, is_asked=False),
    "anonymous": Way(profile=None, parameter="true", is_asked=True),
    "anonymous, refused": Way(profile=None, parameter="false", is_asked=False),
    "a viewer": Way(profile=False, parameter=None, is_asked=False),
    "a viewer by the request": Way(profile=False, parameter="true", is_asked=True),
    "a viewer by the profile": Way(profile=True, parameter=None, is_asked=True),
    "refused despite the profile": Way(profile=True, parameter="false", is_asked=False),
    "by both": Way(profile=True, parameter="true", is_asked=True),
}


class Film(NamedTuple):
    """One that everybody is shown, one for adults, one for adults that TMDb removed."""

    plain: Movie
    adult: Movie
    removed: Movie


def make_films() -> Film:
    horror, today = make_genre("Horror"), timezone.now().date()
    series = Collection.objects.create(id=1, name="Quagga Collection")
    person = make_person(id=PERSON_ID)
    films = [
        make_movie(
            title=f"Quagga {title}",
            year=today.year,
            release_date=today,
            runtime=100,
            vote_average=8,
            vote_count=votes,
            original_language="en",
            collection=series,
            **hidden,
        )
        for title, votes, hidden in (
            ("Plain", 500, {}),
            ("Grown", 300, {"adult": True}),
            ("Removed", 300, {"adult": True, "tombstoned_at": timezone.now()}),
        )
    ]
    for film in films:
        film.genres.add(horror)
        make_credit(film, person=person)
        make_credit(film, person=person, is_cast=False, job="Director")
    index_films()
    return Film(*films)


@pytest.fixture
def film(db: None) -> Film:
    return make_films()


def ask(path: str, way: Way) -> dict[str, Any]:
    profile = way.profile
    client = APIClient() if profile is None else client_of(make_user(include_adult=profile))
    response = client.get(with_parameter(path, way.parameter) if way.parameter else path)
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    return body


def with_parameter(path: str, value: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}include_adult={value}"


def titles(body: dict[str, Any]) -> list[str]:
    return [movie["title"] for movie in body["results"]]


def both(way: Way) -> list[str]:
    """By votes."""
    return ["Quagga Plain", "Quagga Grown"] if way.is_asked else ["Quagga Plain"]


LISTS = {
    "all": "",
    "of a year": "?year_min=2000",
    "of minutes": "?runtime_max=200",
    "of a language": "?language=en",
    "of a person": f"?person={PERSON_ID}",
    "of a genre": "?genre=horror",
    "released": "?released=true",
    "by title": "?title=quagga",
    "found": "search/?q=quagga",
    "found by title": "search/?q=quagga&genre=horror&year_min=2000",
    "suggested": "suggestions/?q=qua",
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("path", LISTS.values(), ids=LISTS)
def test_lists_and_searches(film: Film, path: str, way: Way) -> None:
    assert titles(ask(f"{MOVIES}{path}", way)) == both(way)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_lists_in_all_orders_walked_through_or_sorted(film: Film, way: Way) -> None:
    for ordering in ORDERINGS:
        for narrowed in ("", "&genre=horror", "&genre=horror&title=quagga", "&runtime_min=3"):
            shown = titles(ask(f"{MOVIES}?ordering={ordering}{narrowed}", way))
            assert sorted(shown, reverse=True) == both(way), (ordering, narrowed)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("query", ["", "?genre=horror", "?q=quagga", "?q=quagga&language=en"])
def test_facets(film: Film, query: str, way: Way) -> None:
    body = ask(f"{MOVIES}facets/{query}", way)

    count = len(both(way))
    assert (body["counted"], body["is_complete"]) == (count, True)
    assert [genre["count"] for genre in body["genres"]] == [count]
    assert body["languages"] == [{"language": "en", "count": count}]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("source", ["model", "tmdb", "catalogue"])
def test_similar_films(film: Film, source: str, way: Way) -> None:
    like = make_movie(title="Like", collection_id=1, synced_at=timezone.now())
    if source == "model":
        SimilarFilms.objects.create(
            model_version=make_generation(active=True).model_version,
            movie_id=like.pk,
            movie_ids=[each.pk for each in film],
        )
    if source == "tmdb":
        named = [each.tmdb_id for each in film]
        RelatedTitles.objects.create(movie=like, recommended_tmdb_ids=named, similar_tmdb_ids=[])

    assert titles(ask(f"{MOVIES}{like.pk}/similar/", way)) == both(way)


RANKINGS = {
    ListName.TRENDING_DAY: "trending/",
    ListName.TRENDING_WEEK: "trending/?window=week",
    ListName.POPULAR: "popular/",
    ListName.TOP_RATED: "top-rated/",
    ListName.NOW_PLAYING: "now-playing/",
    ListName.UPCOMING: "upcoming/",
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("is_stored", [True, False])
def test_rankings(film: Film, way: Way, *, is_stored: bool) -> None:
    for name, path in RANKINGS.items():
        if is_stored:
            store_list(name, list(film))
        body = ask(f"{MOVIES}{path}", way)
        are_found = is_stored or name is not ListName.UPCOMING
        assert titles(body) == (both(way) if are_found else []), name
        assert body["source"] == ("tmdb" if is_stored else "catalogue")


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_films_of_a_person(film: Film, way: Way) -> None:
    body = ask(f"/api/v1/people/{PERSON_ID}/", way)

    for part in ("cast", "crew"):
        assert [credit["movie"]["title"] for credit in body[part]] == both(way)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_films_own_page_is_shown_to_everybody(film: Film, way: Way) -> None:
    for each in film:
        profile = way.profile
        client = APIClient() if profile is None else client_of(make_user(include_adult=profile))
        body = client.get(f"{MOVIES}{each.pk}/").json()
        assert (body["title"], body["is_adult"]) == (each.title, each.adult)


PATHS = [
    *("", "?genre=horror", "facets/", "search/?q=quagga", "suggestions/?q=quagga", "trending/"),
    *("popular/", "top-rated/", "now-playing/", "upcoming/"),
]


@pytest.mark.parametrize("value", ["", "1", "True", "yes"])
def test_what_is_neither_true_nor_false_is_refused(
    film: Film, client: APIClient, value: str
) -> None:
    paths = [f"{MOVIES}{path}" for path in PATHS]
    paths += [f"{MOVIES}{film.plain.pk}/similar/", f"/api/v1/people/{PERSON_ID}/"]
    for path in paths:
        error = refused(client.get(with_parameter(path, value)), 400, "invalid")
        assert error["details"].keys() == {"include_adult"}, path


def test_a_changed_profile_tells_with_the_next_request(film: Film) -> None:
    viewer = make_user()
    client = client_of(viewer)
    shown = []
    for wish in (True, False):
        shown.append(titles(client.get(MOVIES).json()))
        changed = client.patch("/api/v1/auth/profile/", {"include_adult": wish})
        assert changed.status_code == 200
    shown.append(titles(client.get(MOVIES).json()))

    assert [len(each) for each in shown] == [1, 2, 1]


def test_a_saved_search_keeps_the_wish(film: Film) -> None:
    client = client_of(make_user())
    for parameters in ({"include_adult": "true"}, {"include_adult": "true", "q": "quagga"}):
        body = {"name": f"{len(parameters)}", "parameters": parameters}
        saved = client.post("/api/v1/saved-searches/", body, format="json")
        assert saved.status_code == 201, saved.content
        assert titles(client.get(saved.json()["path"]).json()) == ["Quagga Plain", "Quagga Grown"]
    wrong = {"name": "Wrong", "parameters": {"include_adult": "maybe"}}
    refused(client.post("/api/v1/saved-searches/", wrong, format="json"), 400, "invalid")


def test_what_nobody_asked_for_costs_nobody_anything(film: Film, client: APIClient) -> None:
    """No index and no tier of films for adults is read."""
    with captured_queries() as statements:
        for path in PATHS:
            assert client.get(f"{MOVIES}{path}").status_code == 200

    assert len(statements) > len(PATHS)
    of_adults = [each for each in statements if "WHERE adult" in each or "tier = 5" in each]
    assert of_adults == []
