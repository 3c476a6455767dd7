"""What a platform needs before its first visitor: films, an administrator, lists to read."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum

from django.conf import settings
from django.db import transaction

from apps.favorites.models import Rating
from apps.movies.actions import request_sync
from apps.movies.models import SyncRun
from apps.movies.search.stale_notes import count_changes
from apps.recommendations import actions
from apps.recommendations.models import ActiveGeneration, Generation, ModelVersion
from apps.users.models import User
from services import tmdb
from services.catalog import search_documents
from services.imports.starter.loading import StarterReport, has_starter_film, load_starter
from services.imports.starter.viewers import ViewersReport, load_viewers
from services.recommendations import building, training

Clock = Callable[[], datetime]
Sleep = Callable[[float], None]

# Some seconds' worth.
MOST_INDEXED = 20_000
FIRST_SYNCS = (SyncRun.Kind.GENRES, SyncRun.Kind.TRENDING, SyncRun.Kind.LISTS)


class PreparationError(Exception):
    """A step could not be done. Its message says which and what is needed."""


class AdminOutcome(Enum):
    CREATED = "created"
    RESET = "password set to the one given"
    KNOWN = "already there"


def ensure_starter_films() -> StarterReport | None:
    """Load the starter set unless a film of it is there; None if nothing had to be done."""
    return None if has_starter_film() else load_starter()


def ensure_search() -> int | None:
    """Make the documents that searches read; how many changes that were, None if they are so many
    that workers had better do it.
    """
    if count_changes(most=MOST_INDEXED + 1) > MOST_INDEXED:
        return None
    return search_documents.refresh_all()


def ensure_viewers(*, at: datetime) -> ViewersReport | None:
    """Add the simulated viewers where they are wanted and nobody has been served yet.

    A platform that has ratings or lists gets none: it has viewers, or they were removed from it.
    """
    if not settings.SIMULATED_VIEWERS or has_active_generation() or Rating.objects.exists():
        return None
    return load_viewers(at=at)


@transaction.atomic
def ensure_admin(*, email: str, password: str) -> AdminOutcome:
    """Make sure that `email` is an administrator who can sign in with `password`.

    Raises:
        PreparationError: the address belongs to an account that is no administrator; whoever
            registered it must not become one.
    """
    user = User.objects.select_for_update().filter(email=email.strip().lower()).first()
    if user is None:
        User.objects.create_superuser(email, password)
        return AdminOutcome.CREATED
    if not user.is_superuser:
        raise PreparationError(f"{user.email} is an ordinary account; name another administrator.")
    if user.is_active and user.is_staff and user.check_password(password):
        return AdminOutcome.KNOWN
    user.is_active = user.is_staff = True
    user.set_password(password)
    user.save(update_fields=["is_active", "is_staff", "password"])
    return AdminOutcome.RESET


def ensure_syncs() -> list[SyncRun]:
    """Ask for the first syncs where TMDb can be asked and never was. Workers do them."""
    if not tmdb.has_credential() or SyncRun.objects.exists():
        return []
    first: dict[str, dict[str, int]] = {kind: {} for kind in FIRST_SYNCS}
    if settings.TMDB_FIRST_TITLES:
        first[SyncRun.Kind.EXPORT] = {"limit": settings.TMDB_FIRST_TITLES}
    return [request_sync(kind=kind, scope=scope).run for kind, scope in first.items()]


def has_active_generation() -> bool:
    return ActiveGeneration.objects.filter(generation__isnull=False).exists()


def ensure_generation(*, clock: Clock, sleep: Sleep) -> Generation | None:
    """Train, build and publish in this process unless lists are published already.

    What an earlier, interrupted run began is continued.
    """
    if has_active_generation():
        return None
    version = _trained_version(clock, sleep)
    generation = _open_generation(version) or actions.request_generation(
        model_version_id=version.pk
    )
    for step in building.run_generation(generation_id=generation.pk, clock=clock, sleep=sleep):
        generation = step
    if generation.state != Generation.State.ACTIVE:
        raise PreparationError(f"Building the lists ended as {generation.state}.")
    return generation


def _trained_version(clock: Clock, sleep: Sleep) -> ModelVersion:
    newest = ModelVersion.objects.filter(publish=True).order_by("-pk")
    version = newest.filter(state__in=[*training.OPEN_STATES, ModelVersion.State.READY]).first()
    # There is nothing to compare the first lists with, and none are worse than any.
    version = version or actions.request_training(with_gate=False)
    for step in training.run_training(model_version_id=version.pk, clock=clock, sleep=sleep):
        version = step
    if version.state != ModelVersion.State.READY:
        raise PreparationError(f"Training ended as {version.state}: {version.error or 'no reason'}")
    return version


def _open_generation(version: ModelVersion) -> Generation | None:
    generations = Generation.objects.filter(model_version=version, publish=True)
    return generations.filter(state__in=building.OPEN_STATES).order_by("-pk").first()
