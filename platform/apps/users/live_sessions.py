"""The session and the account that an access token names: what nearly every request begins with."""

from datetime import datetime

from apps.core.database import columns_of
from apps.core.prepared import PreparedStatement

from .models import Session, User
from .tokens import AccessClaims

_SESSION, _ACCOUNT = columns_of(Session), columns_of(User)
_COLUMNS = ", ".join(
    [f"session.{name}" for name in _SESSION] + [f"account.{name}" for name in _ACCOUNT]
)
_LIVE = PreparedStatement(
    name="nexus_live_session",
    types=("uuid", "bigint", "timestamptz"),
    sql=f"""
        SELECT {_COLUMNS}
        FROM users_session AS session JOIN users_user AS account ON account.id = session.user_id
        WHERE session.id = $1 AND session.user_id = $2 AND session.expires_at > $3
            AND account.is_active
    """,  # noqa: S608  # names of this project's columns
)


def live_session(claims: AccessClaims, *, at: datetime) -> Session | None:
    """With its account; None where it has ended, or its account is not in use."""
    row = _LIVE.first_row(claims.session_id, claims.user_id, at)
    if row is None:
        return None
    session = Session.from_db("default", _SESSION, row[: len(_SESSION)])
    session.user = User.from_db("default", _ACCOUNT, row[len(_SESSION) :])
    return session
