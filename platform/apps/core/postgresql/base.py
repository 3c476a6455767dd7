"""Django's backend for PostgreSQL, with a check of kept connections that asks nobody."""

import select

from django.db.backends.postgresql import base
from psycopg2.extensions import TRANSACTION_STATUS_INERROR


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Whether the server has not said goodbye; otherwise it is asked, as Django does.

        Nor can one be used whose transaction has failed. An idle connection has nothing to read,
        unless it was ended. To see that takes no round trip, which each request would begin with
        (CONN_HEALTH_CHECKS).
        """
        kept = self.connection
        if kept is None or kept.closed:
            return False
        if kept.get_transaction_status() == TRANSACTION_STATUS_INERROR:
            return False
        return not _has_something_to_read(kept.fileno()) or super().is_usable()


def _has_something_to_read(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
