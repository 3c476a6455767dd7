"""Who holds an answer is told so, and is sent a new one as soon as it says something else."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.core.conditional import etag_of, is_held
from apps.movies.models import Genre, ListName, ListState, Movie
from apps.users.models import User
from tests.apps.api import client_of
from tests.apps.films import index_films, store_list, tell_everything
from tests.factories import make_movie, make_rating, make_user

pytestmark = pytest.mark.django_db

API = "/api/v1/"
HOME = "recommendations/home/"


@pytest.fixture
def film() -> Movie:
    """In every list, with enough others for a row of a home page."""
    film = make_movie(title="Alien", tmdb_id=348, genres=("Horror",), vote_count=9_000)
    others = [make_movie(genres=("Horror",), vote_count=100) for _ in range(6)]
    tell_everything(film)
    for name in ListName:
        store_list(name, [film, *others])
    index_films()
    return film


def catalogue(film: Movie) -> list[str]:
    return [
        "movies/",
        "movies/search/?q=alien",
        "movies/trending/",
        "movies/popular/",
        "movies/top-rated/",
        "movies/now-playing/",
        "movies/upcoming/",
        f"movies/{film.pk}/",
        "movies/by-tmdb/348/",
        f"movies/{film.pk}/similar/",
        "movies/genres/",
        "people/10205/",
    ]


def get(client: Any, path: str, etag: str | None = None) -> Any:
    headers = {} if etag is None else {"If-None-Match": etag}
    return client.get(f"{API}{path}", headers=headers)


def tag_of(client: Any, path: str) -> str:
    response = get(client, path)
    assert response.status_code == 200
    etag: str = response["ETag"]
    assert etag.startswith('W/"')
    return etag


def varies(response: Any) -> set[str]:
    return {name.strip().lower() for name in response["Vary"].split(",")}


def assert_not_modified(response: Any, etag: str) -> None:
    assert response.status_code == 304
    assert response.content == b""
    assert response["ETag"] == etag
    assert {"authorization", "accept-encoding"} <= varies(response)
    for name in ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"):
        assert name in response
    assert response["X-Request-ID"]
    for name in ("Content-Length", "Content-Type", "Content-Encoding"):
        assert name not in response


def test_whoever_holds_a_page_of_the_catalogue_is_told_so(
    film: Movie, client: APIClient, viewer_client: APIClient
) -> None:
    for path in catalogue(film):
        for caller, cached in (
            (client, "public, max-age=60"),
            (viewer_client, "private, no-cache"),
        ):
            etag = tag_of(caller, path)
            response = get(caller, path, etag)
            assert_not_modified(response, etag)
            assert response["Cache-Control"] == cached
            assert ("Accept-Language" in response["Vary"]) == (path != "movies/genres/")


def test_whoever_holds_a_home_page_is_told_so(film: Movie, viewer_client: APIClient) -> None:
    etag = tag_of(viewer_client, HOME)

    response = get(viewer_client, HOME, etag)

    assert_not_modified(response, etag)
    assert response["Cache-Control"] == "private, no-cache"


def test_own_lists_are_tagged_too(viewer: User, film: Movie) -> None:
    client = client_of(viewer)
    make_rating(user=viewer, movie=film)
    etag = tag_of(client, "ratings/")

    assert_not_modified(get(client, "ratings/", etag), etag)


def test_head_is_answered_as_get_is(film: Movie, client: APIClient) -> None:
    url = f"{API}movies/"
    head, whole = client.head(url), client.get(url)

    assert head["ETag"] == whole["ETag"]
    assert head["Content-Length"] == str(len(whole.content))
    again = client.head(url, headers={"If-None-Match": head["ETag"]})
    assert_not_modified(again, head["ETag"])


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("{strong}", 304),
        ('"other", {etag}', 304),
        ("*", 304),
        ('"other"', 200),
        ("{bare}", 200),
        ("", 200),
    ],
)
def test_tags_are_compared_weakly(film: Movie, client: APIClient, sent: str, status: int) -> None:
    etag = tag_of(client, "movies/")
    strong = etag.removeprefix("W/")
    value = sent.format(etag=etag, strong=strong, bare=strong.strip('"'))

    assert get(client, "movies/", value).status_code == status


Change = Callable[[Movie, User], object]


@pytest.mark.parametrize(
    "change",
    [
        lambda film, _: Movie.objects.filter(pk=film.pk).update(title="Alien!"),
        lambda film, _: Movie.objects.filter(pk=film.pk).update(vote_count=9_001),
        lambda *_: Genre.objects.filter(name="Horror").update(name="Terror"),
    ],
    ids=["title", "votes", "genre"],
)
def test_a_film_that_changes_is_sent_anew(
    film: Movie, client: APIClient, viewer: User, change: Change
) -> None:
    paths = [*catalogue(film)[:9]]
    own, nobodys = client_of(viewer), client
    held = {(who, path): tag_of(who, path) for who in (own, nobodys) for path in paths}
    home = tag_of(own, HOME)

    change(film, viewer)

    for (who, path), etag in held.items():
        assert get(who, path, etag).status_code == 200, path
    assert get(own, HOME, home).status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("ratings/", {"score": 8}),
        ("watchlist/", {}),
        ("favorites/", {}),
        ("watch-history/", {}),
        ("not-interested/", {}),
    ],
)
def test_what_a_viewer_does_shows_to_this_viewer_alone(
    film: Movie, client: APIClient, viewer: User, path: str, body: dict[str, Any]
) -> None:
    own, other = client_of(viewer), client_of(make_user())
    paths = [*catalogue(film)[:9], f"people/{10205}/"]
    held = {name: tag_of(own, name) for name in [*paths, HOME]}
    others = {name: tag_of(other, name) for name in [*paths, HOME]}
    nobodys = {name: tag_of(client, name) for name in paths}

    written = own.post(f"{API}{path}", {"movie_id": film.pk} | body)

    assert written.status_code == 201
    for name, etag in held.items():
        assert get(own, name, etag).status_code == 200, name
    for name, etag in others.items():
        assert get(other, name, etag).status_code == 304, name
    for name, etag in nobodys.items():
        assert get(client, name, etag).status_code == 304, name


def test_nobody_is_told_to_go_on_with_the_answer_of_another(
    film: Movie, client: APIClient, viewer: User
) -> None:
    callers = [client, client_of(viewer), client_of(make_user())]
    for path in catalogue(film):
        tags = [tag_of(caller, path) for caller in callers]
        assert len(set(tags)) == 3, path
        assert get(callers[2], path, tags[1]).status_code == 200
        assert get(callers[0], path, tags[1]).status_code == 200
    etag = tag_of(callers[1], HOME)
    assert get(callers[2], HOME, etag).status_code == 200


def test_a_list_that_was_fetched_anew_is_sent_anew(film: Movie, viewer_client: APIClient) -> None:
    path = "movies/trending/"
    etag = tag_of(viewer_client, path)

    ListState.objects.update(fetched_at=timezone.now())

    assert get(viewer_client, path, etag).status_code == 200


def test_other_fields_are_another_answer(film: Movie, viewer_client: APIClient) -> None:
    for path in ("movies/", "movies/popular/", f"movies/{film.pk}/", HOME):
        whole = tag_of(viewer_client, path)
        part = tag_of(viewer_client, f"{path}?fields=title")
        assert whole != part
        assert get(viewer_client, f"{path}?fields=title", whole).status_code == 200
        assert get(viewer_client, f"{path}?fields=id,title", part).status_code == 304


def test_only_successful_reads_are_tagged(viewer_client: APIClient, movie: Movie) -> None:
    refused = viewer_client.get(f"{API}movies/?colour=red", headers={"If-None-Match": "*"})
    written = viewer_client.post(
        f"{API}ratings/", {"movie_id": movie.pk, "score": 7}, headers={"If-None-Match": "*"}
    )
    secret = viewer_client.get(f"{API}auth/profile/", headers={"If-None-Match": "*"})

    assert [each.status_code for each in (refused, written, secret)] == [400, 201, 200]
    assert all("ETag" not in each for each in (refused, written, secret))


def test_a_refused_caller_holds_nothing(film: Movie, client: APIClient) -> None:
    response = get(client, HOME, "*")

    assert response.status_code == 401


def test_a_tag_depends_on_each_part() -> None:
    tags = {
        etag_of("list", 1, 23),
        etag_of("list", 12, 3),
        etag_of("list", 1, None),
    }

    assert len(tags) == 3


def test_writes_are_never_held(rf: Any) -> None:
    etag = etag_of("list", 1)

    assert is_held(rf.get("/", headers={"If-None-Match": etag}), etag)
    assert is_held(rf.head("/", headers={"If-None-Match": etag}), etag)
    assert not is_held(rf.post("/", headers={"If-None-Match": etag}), etag)
    assert not is_held(rf.get("/"), etag)
