"""Flower's configuration: `celery -A workers flower --conf=workers/flower.py`.

Flower takes the names it knows from here. Where it listens comes from FLOWER_ADDRESS and
FLOWER_PORT. What it may show of a task's arguments is decided in workers/events.py.
"""

import os
import sys

from apps.core.logs import set_process_role
from movie_backend.env import env

set_process_role("flower")

_VARIABLE = "FLOWER_BASIC_AUTH"


def _logins() -> list[str]:
    """Each `user:password`; without one Flower would show everything to everybody."""
    try:
        logins: list[str] = env.list(_VARIABLE, [])
    except ValueError as error:
        sys.exit(f"Flower does not start: {error}")
    for login in logins:
        user, _, password = login.partition(":")
        if not (user and password and login.isascii()):
            sys.exit(f"Flower does not start: {_VARIABLE} must read user:password, in ASCII.")
    if not logins:
        sys.exit(
            f"Flower does not start without a password: set {_VARIABLE}=user:password, or "
            f"{_VARIABLE}_FILE to the path of a file that holds it."
        )
    return logins


basic_auth = _logins()
# This would open the API, which can stop workers.
os.environ.pop("FLOWER_UNAUTHENTICATED_API", None)

# Flower's own default is every interface.
address = env.str("FLOWER_ADDRESS", "127.0.0.1")

# The sweep alone adds 43,000 tasks a day; by default Flower keeps 100,000 in memory.
max_tasks = 5000
# Tasks stand in PostgreSQL; a file of Flower's would only grow.
persistent = False
# Containers that were replaced leave under names that never come back.
purge_offline_workers = 3600

tasks_columns = "name,kwargs,state,received,runtime,worker,uuid"
natural_time = True
