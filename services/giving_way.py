"""Work that nobody waits for lets viewers go first who wait for a list.

How nice a process is says who goes first on a core, but not to the backends of PostgreSQL that
work for it, nor across containers. So work in the background looks between its steps whether
somebody's list is late, and lets a moment pass until it is there.
"""

import time
from collections.abc import Callable

from django.conf import settings
from django.db import connection

from apps.core.signals import gave_way

# A list takes some hundredths of a second where nothing is in its way.
LATE_SECONDS = 0.1
# Our waiting helps nobody where no worker builds lists, or fails at them: nobody got one of late,
# has waited this long, or was nudged again.
SERVED_SECONDS = 10.0
LOST_SECONDS = 20.0
POLL_SECONDS = 0.03

# A viewer who is to get the next list in a moment, because the last one is so young, is not late
# before that. Where thousands wait, as after a roll back, some of them are looked at.
_IS_LATE = """
    SELECT EXISTS (
        SELECT FROM recommendations_listfreshness
        WHERE readable_at > statement_timestamp() - %(served)s * interval '1 second'
    ) AND EXISTS (
        SELECT FROM (
            SELECT greatest(changed_at, nudge_at) AS since FROM favorites_taste
            WHERE revision > listed_revision AND is_realtime AND nudges < 2
            ORDER BY nudge_at NULLS FIRST, user_id
            LIMIT 1000
        ) AS waiting
        WHERE since BETWEEN statement_timestamp() - %(lost)s * interval '1 second'
                        AND statement_timestamp() - %(late)s * interval '1 second'
    )
"""


def give_way(
    work: str,
    *,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> float:
    """Wait until no list is late, BACKGROUND_PATIENCE_SECONDS at most; how long that was.

    Called between steps of some tenths of a second, outside of transactions that hold rows.
    """
    if not settings.BACKGROUND_PATIENCE_SECONDS:
        return 0.0
    began = monotonic()
    waited = 0.0
    while waited < settings.BACKGROUND_PATIENCE_SECONDS and is_a_list_late():
        sleep(POLL_SECONDS)
        waited = monotonic() - began
    if waited:
        gave_way.send(sender=None, work=work, seconds=waited)
    return waited


def is_a_list_late() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            _IS_LATE, {"served": SERVED_SECONDS, "late": LATE_SECONDS, "lost": LOST_SECONDS}
        )
        (is_late,) = cursor.fetchone()
    return bool(is_late)
