"""Viewers with sessions and lists, and what workers do to them."""

import time
from dataclasses import dataclass
from itertools import count
from typing import Self

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from apps.recommendations import publishing
from apps.recommendations.models import Generation, ModelVersion, RecommendationList
from apps.recommendations.push import notifications
from apps.users.models import Session, User
from apps.users.tokens import SessionAccessToken, refresh_expiry

# Push reads no positions.
LENGTH = 20
_revisions = count(1)


@dataclass(frozen=True)
class Rows:
    user_ids: list[int]
    accesses: list[str]

    @classmethod
    def prepared(cls, viewers: int) -> Self:
        call_command("migrate", verbosity=0)
        users = User.objects.bulk_create(
            User(email=f"push{number}@example.com", password="!") for number in range(viewers)
        )
        now = timezone.now()
        sessions = Session.objects.bulk_create(
            Session(user=user, created_at=now, last_seen_at=now, expires_at=refresh_expiry(at=now))
            for user in users
        )
        rows = cls(
            [user.pk for user in users],
            [str(SessionAccessToken.of(session)) for session in sessions],
        )
        rows.publish(rows.build_generation())
        return rows

    def build_generation(self) -> int:
        """A generation with a list for everybody, ready to be read."""
        version = ModelVersion.objects.create(kind="blend", state="ready")
        generation = Generation.objects.create(model_version=version, state=Generation.State.READY)
        revision = next(_revisions)
        RecommendationList.objects.bulk_create(
            (_list(user_id, generation.pk, revision) for user_id in self.user_ids), batch_size=500
        )
        return generation.pk

    def publish(self, generation_id: int) -> float:
        """When it was committed, or a moment later."""
        publishing.publish(generation_id=generation_id, at=timezone.now())
        return time.perf_counter()

    def build_list(self, position: int) -> float:
        active = Generation.objects.get(state=Generation.State.ACTIVE)
        with transaction.atomic():
            _list(self.user_ids[position], active.pk, next(_revisions)).save()
            notifications.tell_of_list(user_id=self.user_ids[position])
            # A client may be told before this process is told that it has committed.
            return time.perf_counter()


def _list(user_id: int, generation_id: int, revision: int) -> RecommendationList:
    return RecommendationList(
        user_id=user_id,
        generation_id=generation_id,
        revision=revision,
        created_at=timezone.now(),
        movie_ids=list(range(1, LENGTH + 1)),
        scores=[1.0] * LENGTH,
        sources=[1] * LENGTH,
        because_movie_ids=[0] * 2 * LENGTH,
        because_shares=[0] * 2 * LENGTH,
    )
