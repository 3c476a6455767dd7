"""What a viewer keeps to list and search films by again."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.favorites.actions import MOST_SAVED_SEARCHES
from apps.favorites.models import SavedSearch, Taste
from apps.movies.models import Genre
from apps.users.models import User
from tests.apps.api import client_of, everything_written, refused
from tests.apps.films import index_films
from tests.factories import make_genre, make_movie, make_rating, make_saved_search, make_user

pytestmark = pytest.mark.django_db

SAVED = "/api/v1/saved-searches/"
KEY = "Idempotency-Key"
LISTED = {"genre": "horror", "ordering": "-vote_average"}
SEARCHED = {"q": "alien", "genre": "horror"}


@pytest.fixture(autouse=True)
def genre(db: None) -> Genre:
    return make_genre("Horror")


def save(client: APIClient, name: Any = "Mine", **parameters: Any) -> Any:
    return client.post(SAVED, {"name": name, "parameters": parameters or LISTED})


@pytest.mark.parametrize(
    ("parameters", "path"),
    [
        (LISTED, "/api/v1/movies/?genre=horror&ordering=-vote_average"),
        (SEARCHED, "/api/v1/movies/search/?q=alien&genre=horror"),
        (
            {"title": "là & d=ça", "genre_any": "horror,1"},
            "/api/v1/movies/?genre_any=horror,1&title=l%C3%A0+%26+d%3D%C3%A7a",
        ),
    ],
)
def test_a_search_is_kept_under_its_name(
    viewer: User, viewer_client: APIClient, genre: Genre, parameters: dict[str, str], path: str
) -> None:
    Genre.objects.filter(pk=genre.pk).update(id=1)

    response = viewer_client.post(SAVED, {"name": "  Dark nights ", "parameters": parameters})

    row = SavedSearch.objects.get()
    assert (row.user, row.name, row.parameters) == (viewer, "Dark nights", parameters)
    assert response.status_code == 201
    body = response.json()
    assert list(body) == ["id", "name", "parameters", "path", "created_at", "updated_at"]
    assert (body["id"], body["name"], body["parameters"]) == (row.pk, "Dark nights", parameters)
    assert body["path"] == path
    assert viewer_client.get(f"{SAVED}{row.pk}/").json() == body
    assert viewer_client.get(SAVED).json()["results"] == [body]


def test_no_list_of_recommendations_waits_for_it(viewer_client: APIClient) -> None:
    row = save(viewer_client).json()
    viewer_client.patch(f"{SAVED}{row['id']}/", {"name": "Other"})
    viewer_client.delete(f"{SAVED}{row['id']}/")

    assert Taste.objects.get().revision == 0


def test_the_path_finds_what_the_parameters_say(viewer: User, viewer_client: APIClient) -> None:
    asked = {"genre": "horror", "vote_average_min": "7.5", "language": "en,fr", "hide_seen": "true"}
    alike: dict[str, Any] = {"genres": ("Horror",), "vote_average": 8, "original_language": "fr"}
    seen, found = (make_movie(title=f"Alien {number}", **alike) for number in (1, 2))
    make_movie(title="Alien 3", **alike | {"vote_average": 7})
    make_movie(title="Alien 4", **alike | {"genres": ("Drama",)})
    make_rating(user=viewer, movie=seen)
    index_films()

    for parameters in (asked | {"ordering": "title"}, asked | {"q": "alien"}):
        path = save(viewer_client, f"By {len(parameters)}{min(parameters)}", **parameters).json()
        films = viewer_client.get(f"{path['path']}&page_size=10").json()["results"]
        assert [film["id"] for film in films] == [found.pk]
        SavedSearch.objects.all().delete()


def test_own_searches_are_listed_newest_first_by_page(
    viewer: User, viewer_client: APIClient
) -> None:
    rows = [make_saved_search(user=viewer) for _ in range(3)]
    make_saved_search(user=make_user())

    page = viewer_client.get(f"{SAVED}?page_size=2").json()
    rest = viewer_client.get(page["next"]).json()

    assert [row["id"] for row in page["results"]] == [rows[2].pk, rows[1].pk]
    assert ([row["id"] for row in rest["results"]], rest["next"]) == ([rows[0].pk], None)
    refused(viewer_client.get(f"{SAVED}?q=a"), 400, "unknown_parameter")


def test_what_is_changed_takes_the_place_of_what_was_there(viewer_client: APIClient) -> None:
    first = save(viewer_client).json()
    url = f"{SAVED}{first['id']}/"

    renamed = viewer_client.patch(url, {"name": "MINE "})
    changed = viewer_client.patch(url, {"parameters": SEARCHED})
    again = viewer_client.patch(url, {"parameters": SEARCHED})

    assert renamed.json() == first | {"name": "MINE", "updated_at": renamed.json()["updated_at"]}
    assert renamed.json()["updated_at"] > first["updated_at"]
    told = {"parameters": SEARCHED, "path": "/api/v1/movies/search/?q=alien&genre=horror"}
    assert changed.json() == renamed.json() | told | {"updated_at": changed.json()["updated_at"]}
    assert again.status_code == 200
    assert viewer_client.get(url).json() == again.json()


def test_a_deleted_search_is_gone_and_its_name_free(viewer_client: APIClient) -> None:
    url = f"{SAVED}{save(viewer_client).json()['id']}/"

    response = viewer_client.delete(url)

    assert (response.status_code, response.content) == (204, b"")
    refused(viewer_client.delete(url), 404, "not_found")
    assert save(viewer_client).status_code == 201


@pytest.mark.parametrize("name", ["Mine", " mine", "MINE"])
def test_a_name_is_its_viewers_own_without_regard_to_case(
    viewer_client: APIClient, name: str
) -> None:
    save(viewer_client)
    other = save(viewer_client, "Ähnliche").json()
    before = everything_written()

    for response in (
        save(viewer_client, name, q="alien"),
        save(viewer_client, "ÄHNLICHE"),
        viewer_client.patch(f"{SAVED}{other['id']}/", {"name": name}),
    ):
        details = refused(response, 400, "invalid")["details"]
        message = "You have a saved search of this name."
        assert details == {"name": [{"code": "invalid", "message": message}]}
    assert everything_written() == before
    assert save(client_of(make_user()), name).status_code == 201


def test_a_request_with_a_key_is_written_once(viewer_client: APIClient) -> None:
    body = {"name": "Mine", "parameters": LISTED}

    first = viewer_client.post(SAVED, body, headers={KEY: "one"})
    again = viewer_client.post(SAVED, body, headers={KEY: "one"})

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again["Idempotency-Replayed"] == "true"
    assert SavedSearch.objects.count() == 1


def test_a_hundred_are_kept_and_no_more(viewer: User, viewer_client: APIClient) -> None:
    rows = [make_saved_search(user=viewer) for _ in range(MOST_SAVED_SEARCHES - 1)]
    make_saved_search(user=make_user())
    assert save(viewer_client).status_code == 201
    before = everything_written()

    refused(save(viewer_client, "One too many"), 409, "saved_searches_full")

    assert everything_written() == before
    assert viewer_client.patch(f"{SAVED}{rows[0].pk}/", {"name": "Other"}).status_code == 200
    viewer_client.delete(f"{SAVED}{rows[1].pk}/")
    assert save(viewer_client, "One too many").status_code == 201


def test_a_service_is_of_the_region_that_the_profile_names_then(
    viewer: User, viewer_client: APIClient
) -> None:
    User.objects.filter(pk=viewer.pk).update(region="CH")

    row = save(viewer_client, provider="8").json()

    assert row["parameters"] == {"provider": "8"}
    assert viewer_client.get(row["path"]).status_code == 200


def test_a_genre_that_goes_leaves_the_search_readable(
    viewer_client: APIClient, genre: Genre
) -> None:
    row = save(viewer_client).json()
    url = f"{SAVED}{row['id']}/"
    genre.delete()

    assert viewer_client.get(url).json() == row
    assert viewer_client.get(SAVED).json()["results"] == [row]
    refused(viewer_client.get(row["path"]), 400, "invalid")
    assert viewer_client.patch(url, {"name": "Other"}).json()["parameters"] == LISTED
    refused(viewer_client.patch(url, {"parameters": LISTED}), 400, "invalid")
    assert viewer_client.delete(url).status_code == 204


def test_a_search_of_somebody_else_is_not_found(viewer: User) -> None:
    url, stranger = f"{SAVED}{make_saved_search(user=viewer).pk}/", client_of(make_user())
    before = everything_written()

    for response in (
        stranger.get(url),
        stranger.patch(url, {"name": "Mine"}),
        stranger.delete(url),
    ):
        refused(response, 404, "not_found")
    assert everything_written() == before


def test_nobody_has_saved_searches(viewer: User, client: APIClient) -> None:
    url = f"{SAVED}{make_saved_search(user=viewer).pk}/"

    for response in (client.get(SAVED), client.get(url), client.delete(url), client.post(SAVED)):
        refused(response, 401, "not_authenticated")


@pytest.mark.parametrize("unknown", [0, 2**31, 2**63, 10**400])
def test_an_unknown_search_is_not_found(viewer_client: APIClient, unknown: int) -> None:
    url = f"{SAVED}{unknown}/"

    refused(viewer_client.get(url), 404, "not_found")
    refused(viewer_client.patch(url, {"name": "Mine"}), 404, "not_found")
    refused(viewer_client.delete(url), 404, "not_found")
