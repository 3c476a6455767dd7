"""A body sets what its endpoint names and nothing else.

Each operation with a body that the OpenAPI document knows is sent each field of the rows that an
account owns.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from rest_framework import serializers
from rest_framework.test import APIClient

from apps.core.serializers import InputSerializer
from apps.users.models import User
from tests.apps.api import WRITTEN, client_of, error_of, refused, tokens_of
from tests.apps.experimenting.experiments import make_experiment
from tests.factories import (
    make_generation,
    make_movie,
    make_rating,
    make_saved_search,
    make_user,
    make_watch_entry,
)

pytestmark = pytest.mark.django_db

BODY_METHODS = ("post", "put", "patch")
# Names that clients of other APIs try, of which no model here has a field.
TRIED_ELSEWHERE = {"pk", "role", "roles", "admin", "is_admin", "username", "owner", "owner_id"}
OTHERS = {"taste_revision", "email_verified", "is_current", "Email", "__proto__", "_state"}
# What the example bodies name is not in the test's database, or is spent.
PATHS = {
    "/api/v1/movies/{movie_id}/rating/": "movie_id",
    "/api/v1/ops/experiments/{name}/stop/": "experiment",
    "/api/v1/ops/generations/{id}/publish/": "generation_id",
    "/api/v1/ratings/{id}/": "rating_id",
    "/api/v1/saved-searches/{id}/": "saved_search_id",
    "/api/v1/watch-history/{id}/": "watch_entry_id",
}


def field_names() -> set[str]:
    fields = [field for model in WRITTEN for field in model._meta.get_fields()]  # noqa: SLF001  # Django's API
    names = {field.name for field in fields}
    columns = {field.attname for field in fields if hasattr(field, "attname")}
    return names | columns | TRIED_ELSEWHERE | OTHERS


def operations() -> Iterator[tuple[str, str]]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            if "requestBody" in operation:
                yield method.upper(), path


def document() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(json.dumps(SchemaGenerator().get_schema(public=True)))
    return schema


DOCUMENT = document()
OPERATIONS = sorted(operations())


@pytest.fixture
def viewer(db: None) -> User:
    account = example("POST", "/api/v1/auth/login/")
    return make_user(**account)


@pytest.fixture
def known(viewer: User) -> dict[str, Any]:
    """Values that exist, for the fields of the examples that name something."""
    rating, film = make_rating(user=viewer, movie=make_movie()), make_movie()
    now = timezone.now()
    retired = make_generation(state="retired", activated_at=now, retired_at=now)
    active = make_generation(active=True)
    # Its start asks for lists by the model of the newest ones, which can be asked for only once.
    experiment = make_experiment(running=True)
    built = make_generation(state="ready")
    return {
        "rating_id": rating.pk,
        "saved_search_id": make_saved_search(user=viewer).pk,
        "watch_entry_id": make_watch_entry(user=viewer, movie=rating.movie).pk,
        "movie_id": film.pk,
        "tmdb_id": film.tmdb_id,
        "refresh": tokens_of(viewer).refresh,
        "experiment": experiment.name,
        "generation": retired.pk,
        "expected_active": active.pk,
        "generation_id": built.pk,
        "model_version": built.model_version_id,
    }


def content_of(method: str, path: str) -> dict[str, Any]:
    operation = DOCUMENT["paths"][path][method.lower()]
    content: dict[str, Any] = operation["requestBody"]["content"]["application/json"]
    return content


def example(method: str, path: str) -> dict[str, Any]:
    """The first example of the operation's body."""
    first = next(iter(content_of(method, path)["examples"].values()))
    body: dict[str, Any] = first["value"]
    return body


def declared(method: str, path: str) -> set[str]:
    reference = content_of(method, path)["schema"]["$ref"].rpartition("/")[2]
    return set(DOCUMENT["components"]["schemas"][reference]["properties"])


def send(client: APIClient, operation: tuple[str, str], body: Any, known: dict[str, Any]) -> Any:
    method, path = operation
    url = re.sub(r"\{\w+\}", str(known[PATHS[path]]), path) if "{" in path else path
    return client.generic(method, url, json.dumps(body), content_type="application/json")


def valid_body(operation: tuple[str, str], known: dict[str, Any]) -> dict[str, Any]:
    return {name: known.get(name, value) for name, value in example(*operation).items()}


def every_row() -> dict[str, list[dict[str, Any]]]:
    labels = ("users", "favorites", "recommendations", "movies")
    models: list[Any] = [
        model for label in labels for model in apps.get_app_config(label).get_models()
    ]
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in models
        if model._meta.managed  # noqa: SLF001  # Django's API
    }


def caller_of(viewer: User, operation: tuple[str, str]) -> APIClient:
    _, path = operation
    operated = path.startswith("/api/v1/ops/")
    return client_of(make_user(is_staff=True, is_superuser=True) if operated else viewer)


@pytest.mark.parametrize("operation", OPERATIONS, ids=" ".join)
def test_a_field_that_the_body_does_not_name_is_refused_and_changes_nothing(
    operation: tuple[str, str], viewer: User, known: dict[str, Any]
) -> None:
    client, body = caller_of(viewer, operation), valid_body(operation, known)
    extras = sorted(field_names() - declared(*operation))
    before = every_row()

    for extra in extras:
        response = send(client, operation, body | {extra: 1}, known)
        refused(response, 400, "unknown_field")

    assert {"id", "user", "is_staff", "is_superuser", "created_at", "revision"} <= set(extras)
    assert every_row() == before


@pytest.mark.parametrize("operation", OPERATIONS, ids=" ".join)
def test_the_bodies_of_this_test_are_refused_for_nothing_else(
    operation: tuple[str, str], viewer: User, known: dict[str, Any]
) -> None:
    response = send(caller_of(viewer, operation), operation, valid_body(operation, known), known)

    if response.status_code >= 400:
        # The viewer has the address already, and the examples' tokens are shortened.
        code = error_of(response)["code"]
        assert code in {"email_taken", "mail_token_not_valid", "token_not_valid"}


def test_no_operation_that_reads_a_body_is_left_out_of_the_document() -> None:
    documented = [
        (path, method)
        for path, methods in DOCUMENT["paths"].items()
        for method in methods
        if method in BODY_METHODS
    ]
    served = [
        (view, method)
        for view in views(get_resolver().url_patterns)
        for method in BODY_METHODS
        if hasattr(view, method)
    ]

    assert len(documented) == len(served)


def views(patterns: list[Any], prefix: str = "") -> Iterator[Any]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and route.startswith("api/v1/"):
            yield pattern.callback.view_class  # type: ignore[attr-defined]


def all_subclasses(kind: type[Any]) -> set[type[Any]]:
    return {kind}.union(*(all_subclasses(one) for one in kind.__subclasses__()))


def test_a_serializer_of_a_model_only_reads_and_one_of_a_body_knows_no_model() -> None:
    of_models = [
        serializer
        for serializer in all_subclasses(serializers.ModelSerializer)
        if serializer.__module__.startswith("apps.")
    ]

    assert len(of_models) >= 6
    for serializer in of_models:
        assert not issubclass(serializer, InputSerializer)
        assert isinstance(serializer.Meta.fields, list)
        assert all(field.read_only for field in serializer().fields.values()), serializer
