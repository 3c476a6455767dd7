"""What opens a stream without an access token in the address."""

from django.db import models

from apps.users.models import Session

DIGEST_LENGTH = 64


class StreamTicket(models.Model):
    """Opens one stream, once, within seconds. Only a digest of it is kept.

    The database deletes it with its session (migration 0027).
    """

    digest = models.CharField(primary_key=True, max_length=DIGEST_LENGTH)
    session = models.ForeignKey(Session, models.DO_NOTHING, related_name="stream_tickets")
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="streamticket_expires_idx")]

    def __str__(self) -> str:
        return f"ticket of session {self.session_id}"
