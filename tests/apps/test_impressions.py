"""What the API keeps of films that were shown and clicked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.movies.models import Movie
from apps.recommendations import actions
from apps.recommendations.models import Generation, Impression, RecommendationList
from apps.users.models import User
from tests.apps.api import client_of, everything_written, refused
from tests.apps.query_counts import captured_queries
from tests.factories import make_generation, make_list, make_movie, make_user

pytestmark = pytest.mark.django_db

EVENTS = "/api/v1/recommendations/events/"
Source = RecommendationList.Source


@pytest.fixture
def films() -> list[Movie]:
    return [make_movie() for _ in range(4)]


@pytest.fixture
def generation(films: list[Movie]) -> Generation:
    return make_generation(active=True, popular_movie_ids=[film.pk for film in films[2:]])


@pytest.fixture
def own(viewer: User, generation: Generation, films: list[Movie]) -> RecommendationList:
    return make_list(
        user=viewer,
        generation=generation,
        movies=films[:2],
        sources=[Source.EXPLORED, Source.SIMILAR],
        propensities=[0.25],
        created_at=datetime(2026, 5, 1, tzinfo=UTC),
    )


def event(movie: Movie, own: RecommendationList | None, /, **fields: Any) -> dict[str, Any]:
    list_id = own.pk if own else None
    told = {"type": "impression", "movie_id": movie.pk, "list_id": list_id, "surface": "list"}
    return told | fields


def tell(client: APIClient, *events: dict[str, Any]) -> Any:
    response = client.post(EVENTS, {"events": events})
    assert response.status_code == 200, response.content
    return response.json()


def recorded(count: int) -> dict[str, Any]:
    return {"is_recorded": True, "recorded": count, "ignored": []}


def test_where_a_film_stood_is_read_from_the_list(
    viewer: User, viewer_client: APIClient, own: RecommendationList, films: list[Movie]
) -> None:
    RecommendationList.objects.filter(pk=own.pk).update(variant_id=7)
    at = "2026-05-02T20:15:00Z"

    answer = tell(
        viewer_client,
        event(films[0], own, at=at),
        event(films[1], own, type="click", surface="home", row="for-you", at=at),
    )

    assert answer == recorded(2)
    first, second = Impression.objects.order_by("position").values()
    moment = datetime(2026, 5, 2, 20, 15, tzinfo=UTC)
    told = {
        "user_id": viewer.pk,
        "list_id": own.pk,
        "generation_id": own.generation_id,
        "model_version_id": own.generation.model_version_id,
        "variant_id": 7,
        "shown_at": moment,
    }
    assert first == told | {
        "id": first["id"],
        "movie_id": films[0].pk,
        "position": 0,
        "source": Source.EXPLORED,
        "score": 2.0,
        "propensity": 0.25,
        "surface": "list",
        "row": "",
        "clicked_at": None,
    }
    assert second == told | {
        "id": second["id"],
        "movie_id": films[1].pk,
        "position": 1,
        "source": Source.SIMILAR,
        "score": 1.0,
        "propensity": 1.0,
        "surface": "home",
        "row": "for-you",
        "clicked_at": moment,
    }


def test_told_again_it_is_the_same_and_the_first_moments_stay(
    viewer_client: APIClient, own: RecommendationList, films: list[Movie]
) -> None:
    early, later, last = (f"2026-05-0{day}T00:00:00Z" for day in (2, 3, 4))
    tell(viewer_client, event(films[0], own, at=later))
    tell(viewer_client, event(films[0], own, type="click", at=last))
    kept = Impression.objects.get()

    again = tell(
        viewer_client,
        event(films[0], own, at=last),
        event(films[0], own, at=early),
        event(films[0], own, type="click", at=last),
    )

    row = Impression.objects.get()
    assert again == recorded(3)
    assert row.pk == kept.pk
    assert (row.shown_at.day, row.clicked_at and row.clicked_at.day) == (2, 4)


def test_lists_and_surfaces_are_told_apart(
    viewer: User,
    viewer_client: APIClient,
    own: RecommendationList,
    generation: Generation,
    films: list[Movie],
) -> None:
    newer = make_list(user=viewer, generation=generation, movies=films[:1])

    tell(
        viewer_client,
        event(films[0], own),
        event(films[0], own, surface="home"),
        event(films[0], newer),
    )

    assert Impression.objects.count() == 3


def test_a_film_of_no_own_list_is_of_the_active_generation(
    viewer_client: APIClient, generation: Generation, films: list[Movie]
) -> None:
    events = [
        event(films[3], None),
        event(films[0], None),
        event(films[3], None, surface="home", row="trending"),
    ]
    for _ in range(2):
        assert tell(viewer_client, *events) == recorded(3)

    columns = ("movie_id", "surface", "position", "source", "propensity")
    rows = Impression.objects.order_by("surface", "movie_id")
    assert list(rows.values_list(*columns)) == [
        (films[3].pk, "home", None, None, None),
        (films[0].pk, "list", None, Source.POPULAR, None),
        (films[3].pk, "list", 1, Source.POPULAR, None),
    ]
    assert set(rows.values_list("list_id", "generation_id", "model_version_id")) == {
        (None, generation.pk, generation.model_version_id)
    }


def test_a_film_for_all_comes_from_where_its_generation_says(
    viewer_client: APIClient, generation: Generation, films: list[Movie]
) -> None:
    # Without a source, as all in a generation of an older release, a film is popular.
    generation.popular_sources = [Source.TRENDING]
    generation.save()

    tell(
        viewer_client,
        *(event(film, None) for film in films[1:]),
        event(films[2], None, surface="home", row="trending"),
    )

    columns = ("movie_id", "surface", "position", "source")
    rows = Impression.objects.order_by("surface", "movie_id")
    assert list(rows.values_list(*columns)) == [
        (films[2].pk, "home", None, None),
        (films[1].pk, "list", None, Source.POPULAR),
        (films[2].pk, "list", 0, Source.TRENDING),
        (films[3].pk, "list", 1, Source.POPULAR),
    ]


def test_before_any_generation_it_is_kept_once(viewer_client: APIClient, movie: Movie) -> None:
    for _ in range(2):
        tell(viewer_client, event(movie, None))

    assert Impression.objects.get().generation_id is None


def test_what_is_not_the_viewers_or_not_in_the_list_is_left_out(
    viewer_client: APIClient,
    own: RecommendationList,
    generation: Generation,
    films: list[Movie],
) -> None:
    others = make_list(user=make_user(), generation=generation, movies=films)

    answer = tell(
        viewer_client,
        event(films[0], others),
        event(films[0], own),
        event(films[2], own),
        event(films[0], own, list_id=2**63 - 1),
        event(films[0], None, movie_id=2**31 - 1),
    )

    assert answer == {
        "is_recorded": True,
        "recorded": 1,
        "ignored": [
            {"index": 0, "reason": "unknown_list"},
            {"index": 2, "reason": "not_in_list"},
            {"index": 3, "reason": "unknown_list"},
            {"index": 4, "reason": "movie_not_found"},
        ],
    }
    assert Impression.objects.get().movie_id == films[0].pk


def test_a_clock_that_is_wrong_moves_no_film_before_its_list_or_after_now(
    viewer_client: APIClient, own: RecommendationList, films: list[Movie]
) -> None:
    ahead = (timezone.now() + timedelta(minutes=4)).isoformat()
    tell(
        viewer_client,
        event(films[0], own, at="1999-01-01T00:00:00Z"),
        event(films[1], own, type="click", at=ahead),
    )

    old, new = Impression.objects.order_by("position")
    assert old.shown_at == own.created_at
    assert new.clicked_at == new.shown_at <= timezone.now()


def test_of_private_viewers_nothing_is_kept(own: RecommendationList, films: list[Movie]) -> None:
    User.objects.filter(pk=own.user_id).update(is_private=True)
    client = client_of(User.objects.get(pk=own.user_id))

    answer = tell(client, event(films[0], own, type="click"))

    assert answer == {"is_recorded": False, "recorded": 0, "ignored": []}
    assert not Impression.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "seen"},
        {"movie_id": 0},
        {"movie_id": 2**31},
        {"movie_id": "1"},
        {"list_id": 2**63},
        {"list_id": True},
        {"surface": "mail"},
        {"row": "For you"},
        {"row": "r" * 61},
        {"at": "2999-01-01T00:00:00Z"},
        {"score": 9.9},
    ],
)
def test_a_malformed_event_refuses_the_request(
    viewer_client: APIClient,
    own: RecommendationList,
    films: list[Movie],
    fields: dict[str, Any],
) -> None:
    before = everything_written()
    events = [event(films[0], own), event(films[1], own, **fields)]

    response = viewer_client.post(EVENTS, {"events": events})

    refused(response, 400, "unknown_field" if "score" in fields else "invalid")
    assert everything_written() == before


@pytest.mark.parametrize("count", [0, 201])
def test_a_request_has_1_to_200_events(
    viewer_client: APIClient, own: RecommendationList, films: list[Movie], count: int
) -> None:
    response = viewer_client.post(EVENTS, {"events": [event(films[0], own)] * count})

    refused(response, 400, "invalid")


def test_too_many_events_are_refused_unread(viewer_client: APIClient) -> None:
    error = refused(viewer_client.post(EVENTS, {"events": [{}] * 20_000}), 400, "invalid")

    assert [fault["code"] for fault in error["details"]["events"]] == ["max_length"]


def test_many_events_cost_as_many_queries_as_one(
    viewer: User, generation: Generation, films: list[Movie]
) -> None:
    own = make_list(user=viewer, generation=generation, movies=films)
    counts = []
    for shown in (films[:1], films * 50):
        told = [
            actions.ShownFilm(movie_id=film.pk, list_id=own.pk, surface="list", at=timezone.now())
            for film in shown
        ]
        with captured_queries() as statements:
            actions.record_events(user=viewer, events=told, at=timezone.now())
        counts.append(len(statements))

    assert counts == [1, 1]
    assert Impression.objects.count() == len(films)
