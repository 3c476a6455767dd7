"""Tickets for streams: issued to a session, and used up by the first who shows one."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import connection

from apps.recommendations.models import StreamTicket
from apps.users.models import Session

LIFETIME = timedelta(seconds=30)
TICKET_BYTES = 32
# What as many bytes read as.
TICKET_PATTERN = r"[A-Za-z0-9_-]{43}"

_USE_UP = """
    DELETE FROM recommendations_streamticket WHERE digest = %s AND expires_at > %s
    RETURNING session_id
"""


@dataclass(frozen=True, slots=True)
class Ticket:
    text: str
    expires_in: timedelta = LIFETIME


def issue_ticket(*, session: Session, at: datetime) -> Ticket:
    """Raises IntegrityError, when the transaction ends, if the session has ended meanwhile."""
    ticket = Ticket(secrets.token_urlsafe(TICKET_BYTES))
    StreamTicket.objects.create(
        digest=_digest(ticket.text), session=session, expires_at=at + LIFETIME
    )
    return ticket


def use_ticket(*, text: str, at: datetime) -> Session | None:
    """The live session that the ticket was issued to; of several at once, one gets it."""
    with connection.cursor() as cursor:
        cursor.execute(_USE_UP, [_digest(text), at])
        row = cursor.fetchone()
    if row is None:
        return None
    sessions = Session.objects.live(at=at).filter(pk=row[0], user__is_active=True)
    return sessions.select_related("user").first()


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
