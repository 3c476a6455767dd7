"""Every operation of the API, with a request that its owner's world answers well.

Tests that go over all of them (access, other people's rows, query counts) take them from here.
A new operation fails `test_every_operation_is_in_the_table` of the access table; one with a body
needs a line in `BODIES`, one with an id in its address a line in `IDS`.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from apps.favorites.models import (
    Favorite,
    NotInterested,
    Rating,
    SavedSearch,
    WatchEntry,
    WatchlistEntry,
)
from apps.movies.models import Movie, SyncRun
from apps.recommendations.models import (
    Experiment,
    Generation,
    OnboardingSkip,
    RecommendationList,
)
from apps.users.mail_tokens import token_of
from apps.users.models import AccountMail, Session, User
from apps.users.tokens import token_pair
from tests.apps.api import client_of, session_of
from tests.apps.experimenting.experiments import make_experiment
from tests.apps.films import index_films, make_credit, make_person
from tests.factories import (
    PASSWORD,
    make_favorite,
    make_generation,
    make_list,
    make_movie,
    make_not_interested,
    make_rating,
    make_saved_search,
    make_user,
    make_watch_entry,
    make_watchlist_entry,
)

API = "/api/v1/"
NEW_PASSWORD = "another correct horse"  # of a test's account


@dataclass(frozen=True)
class World:
    """A viewer with a session, a row of each kind in the library, and a list of films, each with
    reasons.

    And an operator with an open sync, a generation to go back to and one to publish.
    """

    viewer: User
    operator: User
    sync_run: SyncRun
    ready_generation: Generation
    session: Session
    rating: Rating
    favorite: Favorite
    watch_entry: WatchEntry
    watchlist_entry: WatchlistEntry
    not_interested: NotInterested
    saved_search: SavedSearch
    own_list: RecommendationList
    skip: OnboardingSkip
    unseen: list[Movie]

    def mail_token(self, purpose: str) -> str:
        now = timezone.now()
        mail = AccountMail.objects.create(
            purpose=purpose,
            email=self.viewer.email,
            user=self.viewer,
            requested_at=now,
            sent_at=now,
            expires_at=now + timedelta(hours=1),
        )
        return token_of(mail, user=self.viewer)


def make_world(*, films: int = 2) -> World:
    # Django looks it up once in a process; the audit trail would count it in one test of many.
    for model in (SyncRun, Generation, Experiment):
        ContentType.objects.get_for_model(model)
    viewer = make_user()
    genres = ("Action", "Drama")
    liked = [make_movie(genres=genres) for _ in range(2)]
    unseen = [make_movie(genres=genres) for _ in range(films)]
    make_generation(state="retired", activated_at=timezone.now(), retired_at=timezone.now())
    own_list = make_list(
        user=viewer,
        generation=make_generation(active=True),
        movies=unseen,
        because=[[(movie, 500) for movie in liked] for _ in unseen],
    )
    index_films()
    return World(
        viewer=viewer,
        operator=make_user(is_staff=True, is_superuser=True),
        sync_run=SyncRun.objects.create(kind=SyncRun.Kind.GENRES),
        ready_generation=make_generation(),
        session=session_of(viewer),
        rating=make_rating(user=viewer, movie=liked[0]),
        favorite=make_favorite(user=viewer, movie=liked[1]),
        watch_entry=make_watch_entry(user=viewer, movie=liked[0]),
        watchlist_entry=make_watchlist_entry(user=viewer, movie=liked[1]),
        not_interested=make_not_interested(user=viewer, person=make_person()),
        saved_search=make_saved_search(user=viewer),
        own_list=own_list,
        skip=OnboardingSkip.objects.create(user=viewer, movie=unseen[0]),
        unseen=unseen,
    )


# What the id in an address names. Owned rows are found by their owner alone.
OWNED_IDS: dict[str, Callable[[World], object]] = {
    "auth/sessions/{id}/": lambda world: world.session.pk,
    "favorites/{id}/": lambda world: world.favorite.pk,
    "not-interested/{id}/": lambda world: world.not_interested.pk,
    "onboarding/skips/{movie_id}/": lambda world: world.skip.movie_id,
    "ratings/{id}/": lambda world: world.rating.pk,
    "recommendations/{movie_id}/why/": lambda world: world.unseen[0].pk,
    "saved-searches/{id}/": lambda world: world.saved_search.pk,
    "watch-history/{id}/": lambda world: world.watch_entry.pk,
    "watchlist/{id}/": lambda world: world.watchlist_entry.pk,
}
PUBLIC_IDS: dict[str, Callable[[World], object]] = {
    "favorites/check/{movie_id}/": lambda world: world.favorite.movie_id,
    "movies/by-tmdb/{tmdb_id}/": lambda world: world.favorite.movie.tmdb_id,
    "movies/{id}/": lambda world: world.favorite.movie_id,
    "movies/{movie_id}/rating/": lambda world: world.rating.movie_id,
    "movies/{id}/similar/": lambda world: world.favorite.movie_id,
    "people/{id}/": lambda world: make_credit(world.favorite.movie).person_id,
}
# Several, where the address has several.
OPERATED_IDS: dict[str, Callable[[World], object]] = {
    "ops/experiments/{name}/": lambda _: make_experiment().name,
    "ops/experiments/{name}/start/": lambda _: make_experiment().name,
    "ops/experiments/{name}/stop/": lambda _: make_experiment(running=True).name,
    "ops/generations/{id}/": lambda world: world.ready_generation.pk,
    "ops/generations/{id}/publish/": lambda world: world.ready_generation.pk,
    "ops/sync-runs/{id}/": lambda world: world.sync_run.pk,
    "ops/users/{user_id}/recommendations/{movie_id}/why-not/": lambda world: (
        world.viewer.pk,
        world.unseen[0].pk,
    ),
}
QUERIES = {
    "GET library/states/": "movie_ids=1,2",
    "GET movies/search/": "q=film",
    "GET movies/suggestions/": "q=film",
}
IDS = OWNED_IDS | PUBLIC_IDS | OPERATED_IDS

PROFILE = {
    "display_name": "Ada",
    "language": "fr",
    "region": "CH",
    "include_adult": True,
    "is_private": True,
}
BODIES: dict[str, Callable[[World], dict[str, Any]]] = {
    "POST auth/account/delete/": lambda _: {"password": PASSWORD},
    "POST auth/change-password/": lambda _: {
        "old_password": PASSWORD,
        "new_password": NEW_PASSWORD,
    },
    "POST auth/login/": lambda world: {"email": world.viewer.email, "password": PASSWORD},
    "POST auth/logout/": lambda world: {"refresh": token_pair(world.session).refresh},
    "POST auth/password-reset/": lambda world: {"email": world.viewer.email},
    "POST auth/password-reset/confirm/": lambda world: {
        "token": world.mail_token(AccountMail.Purpose.RESET_PASSWORD),
        "new_password": NEW_PASSWORD,
    },
    "PUT auth/profile/": lambda _: PROFILE,
    "PATCH auth/profile/": lambda _: {"display_name": "Ada"},
    "POST auth/register/": lambda _: {"email": "new@example.com", "password": PASSWORD},
    "POST auth/token/refresh/": lambda world: {"refresh": token_pair(world.session).refresh},
    "POST auth/token/verify/": lambda world: {"token": token_pair(world.session).access},
    "POST auth/verify-email/": lambda world: {
        "token": world.mail_token(AccountMail.Purpose.VERIFY_EMAIL)
    },
    "POST auth/verify-email/resend/": lambda world: {"email": world.viewer.email},
    "POST favorites/": lambda world: {"tmdb_id": world.unseen[0].tmdb_id},
    "POST library/bulk/": lambda world: {
        "events": [{"kind": "rating", "movie_id": world.unseen[0].pk, "score": 7}]
    },
    "POST not-interested/": lambda world: {"movie_id": world.unseen[0].pk},
    "POST ops/experiments/": lambda _: {
        "name": "bolder",
        "variants": [
            {"name": "control", "share": 500, "is_control": True},
            {"name": "bold", "share": 500, "pipeline": {"popularity_debias": 0.8}},
        ],
    },
    "POST ops/experiments/{name}/stop/": lambda _: {"reason": "It is better."},
    "POST ops/generations/": lambda _: {"publish": False},
    "POST ops/generations/roll-back/": lambda _: {},
    "POST ops/generations/{id}/publish/": lambda _: {},
    "POST onboarding/skips/": lambda world: {"movie_id": world.unseen[1].pk},
    "POST ops/sync-runs/": lambda _: {"kind": "trending"},
    "POST ratings/": lambda world: {"movie_id": world.unseen[0].pk, "score": 7},
    "POST recommendations/events/": lambda world: {
        "events": [
            {
                "type": "click",
                "movie_id": movie.pk,
                "list_id": world.own_list.pk,
                "surface": "list",
            }
            for movie in world.unseen
        ]
    },
    "POST recommendations/feedback/": lambda world: {
        "movie_id": world.unseen[0].pk,
        "feedback": "like",
        "list_id": world.own_list.pk,
    },
    "PUT movies/{movie_id}/rating/": lambda _: {"score": 7},
    "PUT ratings/{id}/": lambda _: {"score": 7},
    "PATCH ratings/{id}/": lambda _: {"score": 7},
    "POST saved-searches/": lambda _: {
        "name": "Action of the nineties",
        "parameters": {"genre": "action", "year_min": "1990", "year_max": "1999"},
    },
    "PATCH saved-searches/{id}/": lambda _: {"parameters": {"q": "film", "genre": "drama"}},
    "POST watch-history/": lambda world: {
        "movie_id": world.unseen[0].pk,
        "watched_at": "2026-11-22T15:30:00Z",
        "progress": 90,
    },
    "PATCH watch-history/{id}/": lambda _: {"progress": 90},
    "POST watchlist/": lambda world: {"movie_id": world.unseen[0].pk},
}


def is_operators(operation: str) -> bool:
    return operation.split()[1].startswith("ops/")


def caller_of(world: World, operation: str) -> APIClient:
    """Whom the operation is for."""
    return client_of(world.operator if is_operators(operation) else world.viewer)


def filled(path: str, found: object) -> str:
    """The path with the id, or each of the ids in turn, in the place of its names."""
    ids = iter(found if isinstance(found, tuple) else (found,))
    return re.sub(r"\{\w+\}", lambda _: str(next(ids)), path)


def request_of(world: World, operation: str) -> Callable[[APIClient], Any]:
    """Sends the request that the operation stands for; all it needs is there before."""
    method, path = operation.split()
    url = API + (filled(path, IDS[path](world)) if "{" in path else path)
    if operation in QUERIES:
        url += f"?{QUERIES[operation]}"
    body = json.dumps(BODIES[operation](world)) if operation in BODIES else ""

    def send(client: APIClient) -> Any:
        response = client.generic(method, url, body, content_type="application/json")
        if response.streaming:
            # Reading to the end closes what is read from.
            assert b"".join(response.streaming_content)
        return response

    return send


def documented() -> dict[str, dict[str, Any]]:
    """The operations of the OpenAPI document, such as `PUT ratings/{id}/`."""
    schema = SchemaGenerator().get_schema(public=True)
    return {
        f"{method.upper()} {path.removeprefix(API)}": operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }


def routed() -> dict[str, set[str]]:
    """The methods of each address that the URLconf has, its ids named as in the document."""
    return {
        _as_documented(route): _methods(callback) for route, callback in _routes(get_resolver(), "")
    }


def _routes(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            if f"/{route}".startswith(API):
                yield f"/{route}".removeprefix(API), pattern.callback
        elif f"/{route}".startswith(API) or API.startswith(f"/{route}"):
            yield from _routes(pattern, route)


def _as_documented(route: str) -> str:
    named = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)
    return named.replace("{pk}", "{id}")


def _methods(callback: Any) -> set[str]:
    view = callback.cls
    known = set(view.http_method_names) - {"head", "options", "trace"}
    return {method.upper() for method in known if hasattr(view, method)}
