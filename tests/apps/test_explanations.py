"""What the API makes of explanations; tests/services/recommendations tests what workers make."""

from typing import Any

import pytest
from django.test import TestCase
from rest_framework.test import APIClient

from apps.favorites.models import Rating, Taste
from apps.movies import images
from apps.movies.models import Movie
from apps.recommendations import explanations
from apps.recommendations.models import Explanation, Generation, RecommendationList
from apps.recommendations.signals import explanation_requested
from apps.users.models import User
from tests.apps.api import client_of, listening, refused
from tests.apps.query_counts import captured_queries
from tests.factories import (
    make_explanation,
    make_favorite,
    make_generation,
    make_list,
    make_movie,
    make_rating,
    make_user,
)

pytestmark = pytest.mark.django_db

Source = RecommendationList.Source
Kind = Explanation.Kind


@pytest.fixture
def generation() -> Generation:
    return make_generation(active=True)


@pytest.fixture
def films() -> list[Movie]:
    return [make_movie(title=title) for title in ("Alien", "Aliens", "Heat", "Ronin", "Casino")]


@pytest.fixture
def own(viewer: User, generation: Generation, films: list[Movie]) -> RecommendationList:
    """Alien and Aliens, for a viewer who likes Heat and Ronin and does not like Casino."""
    make_rating(user=viewer, movie=films[2], score=9)
    make_favorite(user=viewer, movie=films[3])
    make_rating(user=viewer, movie=films[4], score=2)
    return make_list(user=viewer, generation=generation, movies=films[:2])


@pytest.fixture
def operator() -> APIClient:
    return client_of(make_user(is_staff=True, is_superuser=True))


def why(movie: Movie) -> str:
    return f"/api/v1/recommendations/{movie.pk}/why/"


def why_not(user: User, movie: Movie) -> str:
    return f"/api/v1/ops/users/{user.pk}/recommendations/{movie.pk}/why-not/"


def why_body(films: list[Movie]) -> dict[str, Any]:
    heat, ronin, casino = (film.pk for film in films[2:])
    return {
        "because": [
            {"movie_id": heat, "contribution": 1.5, "share": 0.75},
            {"movie_id": ronin, "contribution": 0.5, "share": 0.25},
        ],
        "contributions": [
            {"movie_id": heat, "contribution": 1.5},
            {"movie_id": casino, "contribution": -0.75},
            {"movie_id": ronin, "contribution": 0.5},
        ],
        "others": {"films": 0, "contribution": 0.0},
        "constants": {"normalisation": -0.25, "popularity": 1.0},
        "counterfactuals": [
            {"movie_id": heat, "place": None, "score": 0.5},
            {"movie_id": ronin, "place": 2, "score": 1.5},
        ],
    }


def why_not_body(passed_by: Movie) -> dict[str, Any]:
    return {
        "fell_out": "diversity",
        "excluded_by": [],
        "rank": 2,
        "by_relevance": 3,
        "reranked": 40,
        "place": 40,
        "passed_by": {"place": 3, "movie_id": passed_by.pk},
        "settings": {"diversity": 1.0},
    }


def test_the_first_to_ask_has_it_made_and_others_wait_for_the_same(
    viewer_client: APIClient, own: RecommendationList, films: list[Movie]
) -> None:
    with listening(explanation_requested) as announced:
        answers = [_committed(viewer_client, why(films[0])) for _ in range(3)]

    (asked,) = Explanation.objects.all()
    assert (asked.list, asked.movie_id, asked.kind) == (own, films[0].pk, Kind.WHY)
    assert announced == [(explanation_requested, {"explanation_id": asked.pk})]
    for answer in answers:
        assert (answer.status_code, answer["Retry-After"]) == (202, "1")
        assert answer.json() == {
            "revision": 1,
            "current_revision": 0,
            "estimated_ms": None,
            "reason": "explaining",
        }


def _committed(client: APIClient, url: str) -> Any:
    """The answer; what was announced is sent, as after a commit."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        return client.get(url)


def test_an_explanation_names_films_as_they_are_now(
    viewer: User, viewer_client: APIClient, own: RecommendationList, films: list[Movie]
) -> None:
    make_explanation(list=own, movie_id=films[0].pk, body=why_body(films))

    response = viewer_client.get(why(films[0]))

    heat, ronin, casino = (
        {"movie_id": film.pk, "title": film.title, "rating": rating, "favorite": favorite}
        for film, rating, favorite in zip(
            films[2:], (9, None, 2), (False, True, False), strict=True
        )
    )
    assert response.status_code == 200
    assert response.json() == {
        "list_id": own.pk,
        "revision": 1,
        "movie_id": films[0].pk,
        "title": "Alien",
        "place": 1,
        "score": 2.0,
        "source": "personal",
        "text": "Because you liked Heat and Ronin",
        "because": [
            heat | {"contribution": 1.5, "share": 0.75},
            ronin | {"contribution": 0.5, "share": 0.25},
        ],
        "contributions": [
            heat | {"contribution": 1.5},
            casino | {"contribution": -0.75},
            ronin | {"contribution": 0.5},
        ],
        "others": {"films": 0, "contribution": 0.0},
        "constants": {"normalisation": -0.25, "popularity": 1.0},
        "counterfactuals": [
            {
                "movie_id": films[2].pk,
                "title": "Heat",
                "text": "Without your 9 for Heat",
                "place": None,
                "score": 0.5,
            },
            {
                "movie_id": films[3].pk,
                "title": "Ronin",
                "text": "Without Ronin among your favourites",
                "place": 2,
                "score": 1.5,
            },
        ],
    }


def test_a_film_that_is_gone_keeps_its_part_of_the_sum_and_is_no_reason(
    viewer_client: APIClient, own: RecommendationList, films: list[Movie]
) -> None:
    make_explanation(list=own, movie_id=films[0].pk, body=why_body(films))
    Rating.objects.filter(movie=films[2]).delete()
    films[2].delete()

    told = viewer_client.get(why(films[0])).json()

    assert told["text"] == "Because you liked Ronin"
    assert [row["title"] for row in told["because"]] == ["Ronin"]
    assert [row["title"] for row in told["counterfactuals"]] == ["Ronin"]
    assert [row["title"] for row in told["contributions"]] == [None, "Casino", "Ronin"]


def test_a_film_that_is_not_there_for_its_likeness_does_not_say_so(
    viewer: User, viewer_client: APIClient, generation: Generation, films: list[Movie]
) -> None:
    own = make_list(user=viewer, generation=generation, movies=films[:1], sources=[Source.POPULAR])
    make_rating(user=viewer, movie=films[2], score=9)
    make_favorite(user=viewer, movie=films[3])
    make_explanation(list=own, movie_id=films[0].pk, body=why_body(films))

    told = viewer_client.get(why(films[0])).json()

    assert told["text"] == "Popular on Nexus"
    assert len(told["because"]) == 2


def test_a_rating_and_a_favourite_are_both_taken_away(
    viewer: User, viewer_client: APIClient, own: RecommendationList, films: list[Movie]
) -> None:
    make_favorite(user=viewer, movie=films[2])
    make_explanation(list=own, movie_id=films[0].pk, body=why_body(films))

    told = viewer_client.get(why(films[0])).json()["counterfactuals"][0]

    assert told["text"] == "Without your 9 for Heat and its place among your favourites"


def test_a_list_that_will_be_replaced_is_not_explained(
    viewer: User,
    viewer_client: APIClient,
    operator: APIClient,
    own: RecommendationList,
    films: list[Movie],
) -> None:
    make_explanation(list=own, movie_id=films[0].pk, body=why_body(films))
    Taste.objects.create(user=viewer, revision=2, changed_at=own.created_at)

    for client, url in ((viewer_client, why(films[0])), (operator, why_not(viewer, films[0]))):
        response = client.get(url)

        assert response.status_code == 202
        assert (response.json()["revision"], response.json()["current_revision"]) == (1, 2)
        assert response.json()["reason"] in {"waiting", "delayed", "no_worker"}
        assert int(response["Retry-After"]) >= 1


def test_nothing_is_asked_about_a_list_that_will_be_replaced(
    viewer: User, viewer_client: APIClient, own: RecommendationList, films: list[Movie]
) -> None:
    Taste.objects.create(user=viewer, revision=2, is_realtime=False, changed_at=own.created_at)

    response = viewer_client.get(why(films[0]))

    assert (response.status_code, response.json()["reason"]) == (202, "next_generation")
    assert "Retry-After" not in response
    assert not Explanation.objects.exists()


def test_what_cannot_be_explained_says_so(
    viewer_client: APIClient, own: RecommendationList, films: list[Movie]
) -> None:
    make_explanation(list=own, movie_id=films[0].pk, error="the score was 1, and would be 2 now")

    refused(viewer_client.get(why(films[0])), 409, "not_explainable")


def test_only_films_of_the_present_list_of_ones_own_are_explained(
    viewer: User,
    viewer_client: APIClient,
    own: RecommendationList,
    generation: Generation,
    films: list[Movie],
) -> None:
    stranger = make_user()
    make_list(user=stranger, generation=generation, movies=[films[4]])
    newer = make_list(user=viewer, generation=generation, movies=films[1:2])
    Generation.objects.update(popular_movie_ids=[films[0].pk])

    for client, film in (
        (viewer_client, films[0]),
        (viewer_client, films[4]),
        (client_of(stranger), films[1]),
        (client_of(make_user()), films[0]),
    ):
        refused(client.get(why(film)), 404, "not_found")
    refused(
        viewer_client.get("/api/v1/recommendations/99999999999999999999/why/"), 404, "not_found"
    )
    assert not Explanation.objects.exists()
    assert viewer_client.get(why(films[1])).status_code == 202
    assert Explanation.objects.get().list == newer


def test_an_unknown_parameter_is_refused(
    viewer: User, viewer_client: APIClient, operator: APIClient, films: list[Movie]
) -> None:
    for client, url in ((viewer_client, why(films[0])), (operator, why_not(viewer, films[0]))):
        refused(client.get(f"{url}?colour=red"), 400, "unknown_parameter")


def test_operators_learn_what_became_of_a_film(
    viewer: User, operator: APIClient, own: RecommendationList, films: list[Movie]
) -> None:
    missing = make_movie(title="Solaris", adult=True)
    assert operator.get(why_not(viewer, missing)).json()["reason"] == "explaining"
    asked = Explanation.objects.filter(list=own, movie_id=missing.pk, kind=Kind.WHY_NOT)
    asked.update(computed_at=own.created_at, body=why_not_body(films[1]))

    response = operator.get(why_not(viewer, missing))

    assert response.status_code == 200
    assert response.json() == {
        "user_id": viewer.pk,
        "list_id": own.pk,
        "revision": 1,
        "movie_id": missing.pk,
        "title": "Solaris",
        "is_listed": False,
        **why_not_body(films[1]),
        "passed_by": {"place": 3, "movie_id": films[1].pk, "title": "Aliens"},
    }


def test_nobody_passed_a_film_that_was_out_before(
    viewer: User, operator: APIClient, own: RecommendationList, films: list[Movie]
) -> None:
    body = why_not_body(films[1]) | {"fell_out": "excluded", "passed_by": None}
    make_explanation(list=own, movie_id=films[2].pk, kind=Kind.WHY_NOT, body=body)

    told = operator.get(why_not(viewer, films[2])).json()

    assert (told["passed_by"], told["is_listed"]) == (None, True)


def test_operators_are_told_what_there_is_not(
    viewer: User, operator: APIClient, own: RecommendationList, films: list[Movie]
) -> None:
    nobody, nothing = User(pk=99_999_999), Movie(pk=99_999_999)

    refused(operator.get(why_not(nobody, films[0])), 404, "not_found")
    refused(operator.get(why_not(viewer, nothing)), 404, "movie_not_found")
    refused(operator.get(why_not(make_user(), films[0])), 404, "not_found")
    assert not Explanation.objects.exists()


def test_an_operator_needs_the_permission_to_see_lists(
    viewer: User, own: RecommendationList, films: list[Movie]
) -> None:
    client = client_of(make_user(is_staff=True))

    refused(client.get(why_not(viewer, films[0])), 403, "permission_denied")
    assert not Explanation.objects.exists()


def test_asking_about_a_list_that_is_gone_leaves_nothing(
    own: RecommendationList, films: list[Movie]
) -> None:
    own_id = own.pk
    own.delete()

    explanations.request_explanation(
        list_id=own_id, movie_id=films[0].pk, kind=Kind.WHY, at=own.created_at
    )

    assert not Explanation.objects.exists()


def test_an_explanation_goes_with_its_account(
    viewer: User, own: RecommendationList, films: list[Movie]
) -> None:
    make_explanation(list=own, movie_id=films[0].pk, body=why_body(films))

    viewer.delete()

    assert not Explanation.objects.exists()


def test_an_explanation_costs_the_same_however_much_it_tells(
    viewer_client: APIClient, own: RecommendationList, films: list[Movie]
) -> None:
    few = why_body(films)
    many = few | {
        "contributions": [{"movie_id": make_movie().pk, "contribution": 0.1} for _ in range(20)]
    }
    for movie, body in zip(films[:2], (few, many), strict=True):
        make_explanation(
            list=own,
            movie_id=movie.pk,
            body=body,
        )

    costs = []
    images.known.get()
    for movie in films[:2]:
        with captured_queries() as statements:
            assert viewer_client.get(why(movie)).status_code == 200
        costs.append(len(statements))

    assert costs == [6, 6]
