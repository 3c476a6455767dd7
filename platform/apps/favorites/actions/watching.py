from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from django.db import IntegrityError, transaction

from apps.core.database import violated_constraint
from apps.core.events import announce
from apps.favorites import signals
from apps.favorites.models import WatchEntry
from apps.users.models import User

from .tastes import bump_taste


class MomentTakenError(Exception):
    """The viewer has another viewing of the film at this moment. Trying again heals nothing."""


class ViewingChanges(TypedDict, total=False):
    watched_at: datetime | None
    progress: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewingSaved:
    entry: WatchEntry
    created: bool
    revision: int


@transaction.atomic
def record_viewing(
    *, user: User, movie_id: int, watched_at: datetime | None, progress: int, at: datetime
) -> ViewingSaved | None:
    """Keep one viewing of a film; None in a private session, of which nothing is kept.

    The same moment again replaces the progress. Without a moment it is one viewing more.
    """
    if user.is_private:
        return None
    revision = bump_taste(user_id=user.pk, at=at)
    viewing: dict[str, Any] = {"user": user, "movie_id": movie_id, "watched_at": watched_at}
    if watched_at is None:
        entry, created = WatchEntry.objects.create(**viewing, progress=progress), True
    else:
        entry, created = WatchEntry.objects.update_or_create(
            **viewing, defaults={"progress": progress}
        )
    announce(signals.watch_saved, user_id=user.pk, movie_id=movie_id, revision=revision)
    return ViewingSaved(entry=entry, created=created, revision=revision)


@transaction.atomic
def change_viewing(
    *, user: User, entry_id: int, changes: ViewingChanges, at: datetime
) -> ViewingSaved:
    """Change the moment or the progress of a viewing that the viewer told of.

    Raises:
        WatchEntry.DoesNotExist: the viewer has no such entry (any more).
        MomentTakenError: another entry says that the film was watched then.
    """
    revision = bump_taste(user_id=user.pk, at=at)
    entry = WatchEntry.objects.for_user(user).get(pk=entry_id)
    for name, value in changes.items():
        setattr(entry, name, value)
    _save(entry, [*changes, "updated_at"])
    announce(signals.watch_saved, user_id=user.pk, movie_id=entry.movie_id, revision=revision)
    return ViewingSaved(entry=entry, created=False, revision=revision)


def _save(entry: WatchEntry, fields: list[str]) -> None:
    try:
        entry.save(update_fields=fields)
    except IntegrityError as error:
        if violated_constraint(error) == "watchentry_user_movie_watched_at_unique":
            raise MomentTakenError from error
        raise


@transaction.atomic
def delete_viewing(*, user: User, entry_id: int, at: datetime) -> int:
    """Raises WatchEntry.DoesNotExist, as `change_viewing` does."""
    revision = bump_taste(user_id=user.pk, at=at)
    entry = WatchEntry.objects.for_user(user).get(pk=entry_id)
    entry.delete()
    announce(signals.watch_deleted, user_id=user.pk, movie_id=entry.movie_id, revision=revision)
    return revision
