"""Syncs that a schedule or a command begins."""

import logging
from collections.abc import Mapping
from typing import Any

from apps.movies import actions
from apps.movies.actions import SyncRequest
from apps.movies.models import SyncRun
from services import tmdb

logger = logging.getLogger(__name__)

KINDS: tuple[str, ...] = tuple(SyncRun.Kind.values)


def start(*, kind: str, scope: Mapping[str, Any]) -> SyncRequest:
    """What somebody at a shell asks for. Raises TooManyTitlesError."""
    return actions.request_sync(kind=kind, scope=scope, priority=SyncRun.Priority.ADMIN)


def start_scheduled(*, kind: str, scope: Mapping[str, Any]) -> SyncRun | None:
    """Ask for the sync, or join the one that goes on; None where no credential is configured."""
    if not tmdb.has_credential():
        logger.info("No sync of %s: neither TMDB_API_TOKEN nor TMDB_API_KEY is set", kind)
        return None
    return actions.request_sync(kind=kind, scope=scope, priority=SyncRun.Priority.NIGHTLY).run
