from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.favorites.querysets import IdempotencyKeyQuerySet, TasteQuerySet


class Taste(models.Model):
    """The dirty state of a viewer: what was written against what the current list has seen.

    `revision` counts the viewer's writes. `listed_revision` is the revision of the list that
    the active generation holds for the viewer, 0 without one. A row with
    `revision > listed_revision` waits for a build: at once if `is_realtime` (the viewer's own
    writes), with the next generation otherwise (bulk imports). `nudge_at` is when the next
    message for the row is due or was last sent; the sweep goes by it.
    `unseen_at` is when the oldest of the viewer's own writes was made that no list has seen, null
    where there is none. `changed_xid` and `unseen_xid` are the transactions of the newest and of
    that write: PostgreSQL tells when they committed.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="taste"
    )
    revision = models.BigIntegerField(default=0)
    listed_revision = models.BigIntegerField(default=0)
    is_realtime = models.BooleanField(default=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    listed_at = models.DateTimeField(null=True, blank=True)
    changed_xid = models.BigIntegerField(null=True, blank=True, editable=False)
    unseen_at = models.DateTimeField(null=True, blank=True)
    unseen_xid = models.BigIntegerField(null=True, blank=True, editable=False)
    nudge_at = models.DateTimeField(null=True, blank=True)
    nudges = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[TasteQuerySet] = TasteQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(revision__gte=F("listed_revision")), name="taste_listed_revision_check"
            ),
        ]
        indexes = [
            models.Index(
                F("nudge_at").asc(nulls_first=True),
                "user",
                condition=Q(revision__gt=F("listed_revision"), is_realtime=True),
                name="taste_waiting_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"taste of user {self.pk}"


class IdempotencyKey(models.Model):
    """A request that a viewer named, and what it was answered: sent again, it is answered so again.

    The row is claimed before the write and committed with it, so the second of two requests with
    one key waits for the first and finds what it left. `answer` is the text of the body.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False
    )
    key = models.CharField(max_length=200)
    # HMAC of the method, the address and the body: another request must not use the key.
    request_digest = models.CharField(max_length=64)
    # 0 and empty until the write is done: nobody else sees the row before.
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(blank=True)
    created_at = models.DateTimeField()

    objects: ClassVar[IdempotencyKeyQuerySet] = IdempotencyKeyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="idempotencykey_user_key_unique"),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotencykey_oldest_idx")]

    def __str__(self) -> str:
        return f"idempotency key {self.pk}"
