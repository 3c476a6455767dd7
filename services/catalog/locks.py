"""Who writes films in the order of their ids, and who writes many at once in none."""

from django.db import connection

_SHARED = "SELECT pg_advisory_xact_lock_shared(hashtext('nexus.catalogue'), 0)"
_ALONE = "SELECT pg_advisory_xact_lock(hashtext('nexus.catalogue'), 0)"
# An import locks the whole table, and then needs genres that a sync may have locked before.
_FILMS = "LOCK TABLE movies_movie IN ROW EXCLUSIVE MODE"
_GENRES = "SELECT pg_advisory_xact_lock(hashtext('nexus.genres'), 0)"


def hold_catalogue() -> None:
    """Write films next to others who lock them in the order of their TMDb ids."""
    with connection.cursor() as cursor:
        cursor.execute(_SHARED)
        cursor.execute(_FILMS)


def hold_catalogue_alone() -> None:
    """Write films in any order, while no sync writes others; until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_ALONE)
        cursor.execute(_FILMS)


def hold_genres() -> None:
    """Add genres while nobody else does: what their names and slugs are depends on the others."""
    with connection.cursor() as cursor:
        cursor.execute(_GENRES)
