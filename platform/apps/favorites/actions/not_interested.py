from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from django.db import transaction

from apps.core.events import announce
from apps.favorites import signals
from apps.favorites.models import NotInterested
from apps.movies.models import Genre, Movie, Person
from apps.users.models import User

from .tastes import bump_taste

HiddenSubject: TypeAlias = Movie | Person | Genre


@dataclass(frozen=True, kw_only=True, slots=True)
class NotInterestedAdded:
    row: NotInterested
    created: bool
    revision: int


@transaction.atomic
def hide_subject(*, user: User, subject: HiddenSubject, at: datetime) -> NotInterestedAdded:
    """Note that the viewer wants no film of the subject: itself, of a person or of a genre."""
    revision = bump_taste(user_id=user.pk, at=at)
    kind = str(subject._meta.model_name)  # noqa: SLF001  # Django's API
    named: dict[str, Any] = {f"{kind}_id": subject.pk}
    row, created = NotInterested.objects.get_or_create(user=user, **named)
    # A row that was there has not read it.
    setattr(row, kind, subject)
    announce(signals.not_interested_added, user_id=user.pk, revision=revision)
    return NotInterestedAdded(row=row, created=created, revision=revision)


@transaction.atomic
def unhide_subject(*, user: User, row_id: int, at: datetime) -> int:
    """Show the viewer films of the subject again.

    Raises:
        NotInterested.DoesNotExist: the viewer has no such row (any more).
    """
    revision = bump_taste(user_id=user.pk, at=at)
    row = NotInterested.objects.for_user(user).get(pk=row_id)
    row.delete()
    announce(signals.not_interested_removed, user_id=user.pk, revision=revision)
    return revision
