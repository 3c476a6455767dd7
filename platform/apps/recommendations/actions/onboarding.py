"""What new viewers say to the questions they are asked, unless they rate the film."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.core.events import announce
from apps.favorites.actions.tastes import bump_taste
from apps.recommendations import signals
from apps.recommendations.models import OnboardingSkip
from apps.users.models import User


@dataclass(frozen=True, kw_only=True, slots=True)
class SkipAdded:
    skip: OnboardingSkip
    created: bool
    revision: int


@transaction.atomic
def skip_question(*, user: User, movie_id: int, at: datetime) -> SkipAdded:
    """Note that the viewer has not seen a film. The refresh asked for chooses new questions."""
    revision = bump_taste(user_id=user.pk, at=at)
    skip, created = OnboardingSkip.objects.get_or_create(user=user, movie_id=movie_id)
    announce(signals.refresh_requested, user_id=user.pk)
    return SkipAdded(skip=skip, created=created, revision=revision)


@transaction.atomic
def unskip_question(*, user: User, movie_id: int, at: datetime) -> int:
    """Let the viewer be asked about the film again.

    Raises:
        OnboardingSkip.DoesNotExist: the viewer has not skipped it.
    """
    revision = bump_taste(user_id=user.pk, at=at)
    OnboardingSkip.objects.for_user(user).get(movie=movie_id).delete()
    announce(signals.refresh_requested, user_id=user.pk)
    return revision
