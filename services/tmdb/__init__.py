"""TMDb as the catalogue services call it: one client, one pace for all processes."""

from functools import lru_cache

from django.conf import settings

from apps.movies.credentials import has_credential

from .client import TMDbClient
from .credentials import Credential
from .limiter import Limiter, Priority, namespace
from .transport import Patience, Transport

__all__ = ["Priority", "TMDbClient", "client_from_settings", "has_credential"]


def client_from_settings(priority: Priority = Priority.NIGHTLY) -> TMDbClient:
    """Raises NoCredentialError without a credential."""
    transport = _transport(
        url=settings.TMDB_URL,
        credential=Credential(token=settings.TMDB_API_TOKEN, key=settings.TMDB_API_KEY),
        redis_url=settings.REDIS_URL,
        rate=settings.TMDB_REQUESTS_PER_SECOND,
        connect_seconds=settings.TMDB_CONNECT_TIMEOUT_SECONDS,
        read_seconds=settings.TMDB_READ_TIMEOUT_SECONDS,
    )
    return TMDbClient(
        transport,
        priority=priority,
        language=settings.TMDB_LANGUAGE,
        poster_languages=settings.TMDB_POSTER_LANGUAGES,
        export_url=settings.TMDB_EXPORT_URL,
    )


@lru_cache
def _transport(
    *,
    url: str,
    credential: Credential,
    redis_url: str,
    rate: float,
    connect_seconds: float,
    read_seconds: float,
) -> Transport:
    """Clients of one process share connections, the circuit and what they know of the pace."""
    limiter = Limiter(redis_url, namespace=namespace(url, credential.secret), rate=rate)
    patience = Patience(connect_seconds=connect_seconds, read_seconds=read_seconds)
    return Transport(url=url, credential=credential, limiter=limiter, patience=patience)
