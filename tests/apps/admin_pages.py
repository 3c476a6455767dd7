"""What tests of the admin share: rows of every kind, staff with chosen permissions, addresses."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.core.models import Heartbeat
from apps.favorites.models import Taste
from apps.movies.models import (
    Collection,
    Company,
    Keyword,
    ListEntry,
    Person,
    Provider,
    SourceTitle,
    SyncRun,
)
from apps.recommendations.models import (
    Alert,
    Experiment,
    ExperimentLook,
    GenerationShard,
    ListFreshness,
    ModelChunk,
    ModelMeasurement,
    ModelShard,
    ModelVersion,
    OnboardingSkip,
    Questionnaire,
    Questions,
    RecommendationStats,
)
from apps.users.models import AccountMail, User
from tests.apps.api import session_of
from tests.apps.experimenting.experiments import make_experiment
from tests.factories import (
    make_favorite,
    make_generation,
    make_impression,
    make_list,
    make_movie,
    make_not_interested,
    make_rating,
    make_saved_search,
    make_user,
    make_watch_entry,
    make_watchlist_entry,
)

REGISTERED: list[type[Model]] = list(admin.site._registry)  # noqa: SLF001  # not listed elsewhere


def admin_of(model: type[Model]) -> Any:
    return admin.site.get_model_admin(model)


def route(model: type[Model], page: str) -> str:
    opts = admin_of(model).opts
    return f"admin:{opts.app_label}_{opts.model_name}_{page}"


def url(model: type[Model], page: str, *args: object) -> str:
    return reverse(route(model, page), args=args)


def action_url(model: type[Model], tool: str, pk: int | None = None) -> str:
    return reverse(
        route(model, "actions"),
        kwargs={"tool": tool} | ({} if pk is None else {"pk": pk}),
    )


def staff(*permissions: str) -> User:
    """An account that may do what is named and nothing else."""
    account = make_user(is_staff=True)
    for permission in permissions:
        app, _, codename = permission.partition(".")
        account.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    return account


def client_of(account: User) -> Client:
    client = Client()
    client.force_login(account)
    return client


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def make_mail(user: User) -> AccountMail:
    now = timezone.now()
    return AccountMail.objects.create(
        purpose=AccountMail.Purpose.VERIFY_EMAIL,
        email=user.email,
        user=user,
        requested_at=now,
        expires_at=now,
        error="first\nsecond",
    )


def make_operator_with_rows() -> User:
    account = make_user(is_staff=True, is_superuser=True)
    add_rows(account)
    return account


def add_rows(operator: User) -> None:
    """One more row of each model that the admin shows; of some, several."""
    viewer, movie = make_user(), make_movie(genres=("Drama",))
    generation = make_generation(active=True, snapshot_at=timezone.now(), shard_count=2)
    make_rating(user=viewer, movie=movie)
    make_favorite(user=viewer, movie=movie)
    make_watch_entry(user=viewer, movie=movie)
    make_watchlist_entry(user=viewer, movie=movie)
    make_not_interested(user=viewer, movie=movie)
    make_saved_search(user=viewer)
    make_list(user=viewer, generation=generation, movies=[movie], because=[[(movie, 400)]])
    make_impression(user=viewer, movie=movie)
    RecommendationStats.objects.update_or_create(
        pk=RecommendationStats.ROW_ID,
        defaults={"computed_at": timezone.now(), "seconds": 0.1, "body": {"viewers": 1}},
    )
    Taste.objects.create(user=viewer, revision=1, changed_at=timezone.now())
    OnboardingSkip.objects.create(user=viewer, movie=movie)
    Questions.objects.create(
        user=viewer, revision=1, movie_ids=[movie.pk], chosen_at=timezone.now()
    )
    Questionnaire.objects.create(
        model_version=generation.model_version, movie_ids=[movie.pk], arrays=b"secret-bytes"
    )
    session_of(viewer)
    make_mail(viewer)
    SourceTitle.objects.create(source="movielens", source_id=str(movie.pk), movie=movie)
    for model in (Person, Keyword, Company, Collection, Provider):
        model.objects.create(id=movie.pk, name=f"Name {movie.pk}")
    ListEntry.objects.create(list="popular", rank=movie.pk, movie=movie)
    SyncRun.objects.create(
        kind="movies",
        state="done",
        failures=[{"tmdb_id": 603, "reason": "not found"}],
        dropped={"an image path": 2},
        requested_by=operator,
    )
    GenerationShard.objects.create(generation=generation, number=0, first_user_id=1, last_user_id=9)
    ModelChunk.objects.create(
        model_version=generation.model_version, array="weights", number=0, data=b"secret-bytes"
    )
    version = ModelVersion.objects.create(
        state="training",
        phase="weights",
        shard_count=2,
        item_count=1000,
        requested_by=operator,
        error="first\nsecond",
    )
    ModelShard.objects.create(model_version=version, number=0, start=0, stop=500)
    ModelMeasurement.objects.create(model_version=version, error="first\nsecond")
    experiment = make_experiment(requested_by_id=operator.pk)
    Experiment.objects.filter(pk=experiment.pk).update(
        state=Experiment.State.STOPPED, started_at=timezone.now(), stop_reason="first\nsecond"
    )
    ExperimentLook.objects.create(
        experiment=experiment, taken_at=timezone.now(), sums={}, p_values={}
    )
    Alert.objects.create(
        kind=Alert.Kind.PUBLICATION,
        subject="Generation 1 was not published",
        text="It changes too much.",
        raised_at=timezone.now(),
        recipients=["ops@example.com"],
        error="first\nsecond",
    )
    ListFreshness.objects.create(
        list_id=viewer.pk,
        readable_at=timezone.now(),
        waited_seconds=0.05,
        newest_seconds=0.05,
        held_seconds=0,
        is_exact=True,
    )
    Heartbeat.objects.update_or_create(name="beat", defaults={"seen_at": timezone.now()})
    Group.objects.create(name=f"group {viewer.pk}")
    LogEntry.objects.log_actions(operator.pk, [movie], ADDITION, "Added.")
