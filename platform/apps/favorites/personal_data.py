"""What this app keeps of an account, for its owner."""

from collections.abc import Iterator
from typing import Any

from django.db.models import F

from apps.core.personal_data import CHUNK_ROWS
from apps.users.models import User

from .models import (
    Favorite,
    IdempotencyKey,
    NotInterested,
    Rating,
    SavedSearch,
    Taste,
    WatchEntry,
    WatchlistEntry,
)

_FILM = {"title": F("movie__title"), "tmdb_id": F("movie__tmdb_id")}
_FAVORITE_FIELDS = ("id", "movie_id", "created_at")
_RATING_FIELDS = ("id", "movie_id", "score", "rated_at", "created_at", "updated_at")
_WATCH_FIELDS = ("id", "movie_id", "watched_at", "progress", "created_at", "updated_at")
_NOT_INTERESTED_FIELDS = ("id", "movie_id", "person_id", "genre_id", "created_at")
_SEARCH_FIELDS = ("id", "name", "parameters", "created_at", "updated_at")
_SUBJECT = _FILM | {"person_name": F("person__name"), "genre_name": F("genre__name")}
_KEY_FIELDS = ("id", "key", "status", "answer", "created_at")
# An answer tells of up to 1,000 events.
_KEY_CHUNK_ROWS = 20
_TASTE_FIELDS = ("revision", "listed_revision", "is_realtime", "changed_at", "listed_at")


def favorites_of(user_id: int) -> Iterator[dict[str, Any]]:
    favorites = Favorite.objects.for_user(User(pk=user_id)).newest_first()
    yield from favorites.values(*_FAVORITE_FIELDS, **_FILM).iterator(CHUNK_ROWS)


def ratings_of(user_id: int) -> Iterator[dict[str, Any]]:
    ratings = Rating.objects.for_user(User(pk=user_id)).newest_first()
    yield from ratings.values(*_RATING_FIELDS, **_FILM).iterator(CHUNK_ROWS)


def watch_history_of(user_id: int) -> Iterator[dict[str, Any]]:
    entries = WatchEntry.objects.for_user(User(pk=user_id)).newest_first()
    yield from entries.values(*_WATCH_FIELDS, **_FILM).iterator(CHUNK_ROWS)


def watchlist_of(user_id: int) -> Iterator[dict[str, Any]]:
    entries = WatchlistEntry.objects.for_user(User(pk=user_id)).newest_first()
    yield from entries.values(*_FAVORITE_FIELDS, **_FILM).iterator(CHUNK_ROWS)


def not_interested_of(user_id: int) -> Iterator[dict[str, Any]]:
    rows = NotInterested.objects.for_user(User(pk=user_id)).newest_first()
    yield from rows.values(*_NOT_INTERESTED_FIELDS, **_SUBJECT).iterator(CHUNK_ROWS)


def saved_searches_of(user_id: int) -> Iterator[dict[str, Any]]:
    searches = SavedSearch.objects.for_user(User(pk=user_id)).newest_first()
    yield from searches.values(*_SEARCH_FIELDS).iterator(CHUNK_ROWS)


def idempotency_keys_of(user_id: int) -> Iterator[dict[str, Any]]:
    keys = IdempotencyKey.objects.for_user(User(pk=user_id)).newest_first()
    yield from keys.values(*_KEY_FIELDS).iterator(_KEY_CHUNK_ROWS)


def taste_of(user_id: int) -> Iterator[dict[str, Any]]:
    yield from Taste.objects.for_user(User(pk=user_id)).values(*_TASTE_FIELDS)


def lock_taste(user_id: int) -> None:
    """Keep the viewer's own writes and workers out until the transaction ends.

    Without a row it makes one: the next write would make and lock it otherwise.
    """
    Taste.objects.select_for_update().get_or_create(user_id=user_id)
