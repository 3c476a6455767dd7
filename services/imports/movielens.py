"""Import of a MovieLens data set: all of it in one transaction, or nothing."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils.text import slugify

from . import movielens_sql as sql
from .movielens_files import find_files, find_links
from .movielens_staging import stage_films, stage_ratings
from .rating_sources import ImportProgress, MovieLensFiles, Provenance, RatingSource, Unwatched

__all__ = ["ImportProgress", "ImportRefusedError", "ImportReport", "Unwatched", "import_movielens"]

MAX_NAME_LENGTH = 60


class ImportRefusedError(Exception):
    """The data set is sound, but what is stored here does not allow it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportReport:
    """What an import found and wrote.

    Films are counted here, not in the source: `films_merged` source films became one with
    another, and `films_apart` have a TMDb id that belongs to a different film here.
    `ratings_kept` differ from the source but are newer than it, `ratings_repeated` lines of
    the source were followed by a newer rating of the same film by the same user.
    """

    name: str
    films_new: int
    films_matched: int
    films_filled: int
    films_merged: int
    films_apart: int
    users_new: int
    users_known: int
    users_changed: int
    ratings_read: int
    ratings_new: int
    ratings_updated: int
    ratings_unchanged: int
    ratings_kept: int
    ratings_repeated: int
    ratings_merged: int
    changed_rows: int


class _Session:
    """One import's cursor: runs the statements and counts the rows they change."""

    def __init__(self, cursor: Any, *, at: datetime, provenance: Provenance) -> None:
        self.cursor = cursor
        self._values = {
            "at": at,
            "titles": provenance.titles.value,
            "origin": provenance.accounts.value,
            "domain": provenance.domain,
        }
        self.changed_rows = 0

    def run(self, statement: str, **values: object) -> int:
        self.cursor.execute(statement, {**self._values, **values})
        return max(int(self.cursor.rowcount), 0)

    def change(self, statement: str, **values: object) -> int:
        rows = self.run(statement, **values)
        self.changed_rows += rows
        return rows

    def change_returning(self, statement: str) -> set[int]:
        self.change(statement)
        return {row[0] for row in self.cursor.fetchall()}

    def counts(self, statement: str) -> tuple[int, ...]:
        self.cursor.execute(statement)
        return tuple(int(value) for value in self.cursor.fetchone())


def import_movielens(
    *,
    location: Path,
    at: datetime,
    links: Path | None = None,
    name: str | None = None,
    dry_run: bool = False,
    progress: ImportProgress | None = None,
) -> ImportReport:
    """Import the folder or ZIP at `location`; run again, it changes nothing.

    Users become `<name>-<userId>@movielens.invalid`, `name` being the folder's by default.
    `links` is a table, or a folder or ZIP with one, used instead of the data set's own. Memory
    does not grow with the number of ratings. `dry_run` does it all and rolls back.

    Raises:
        MovieLensFileError: a file is malformed; nothing is imported.
        ImportRefusedError: an account that no import made has the address of a source user.
    """
    files = find_files(location)
    if links is not None:
        files = replace(files, links=find_links(links))
    source = MovieLensFiles(files)
    return import_ratings(
        source, name=name or files.name, at=at, dry_run=dry_run, progress=progress
    )


def import_ratings(
    source: RatingSource,
    *,
    name: str,
    at: datetime,
    dry_run: bool = False,
    progress: ImportProgress | None = None,
) -> ImportReport:
    """Import films and ratings from anywhere, see `import_movielens`."""
    watch = progress or Unwatched()
    with transaction.atomic(), connection.cursor() as cursor:
        session = _Session(cursor, at=at, provenance=source.provenance)
        report = _import(session, source, name=data_set_name(name), watch=watch)
        transaction.set_rollback(dry_run)
    if report.changed_rows and not dry_run:
        watch.step("Updating the planner's statistics")
        with connection.cursor() as cursor:
            cursor.execute(sql.ANALYZE)
    return report


def data_set_name(text: str) -> str:
    """The first part of the users' addresses."""
    name = slugify(text)[:MAX_NAME_LENGTH].strip("-_")
    if not name:
        raise ImportRefusedError(f"{text!r} holds no letter or digit to name the data set by")
    return name


def _import(
    session: _Session, source: RatingSource, *, name: str, watch: ImportProgress
) -> ImportReport:
    session.run(sql.LOCK_IMPORTS)
    session.run(sql.SESSION)
    session.run(sql.STAGING)
    movie_ids = stage_films(session.cursor, source, watch)
    ratings_read = stage_ratings(source, movie_ids, watch)
    watch.step("Matching films")
    films = _write_films(session)
    watch.step("Matching users")
    users = _write_users(session, name)
    ratings = _write_ratings(session, ratings_read, watch)
    return ImportReport(
        name=name,
        ratings_read=ratings_read,
        changed_rows=session.changed_rows,
        **films,
        **users,
        **ratings,
    )


def _write_films(session: _Session) -> dict[str, int]:
    session.run(sql.LOCK_MOVIES)
    session.run(sql.MATCH_BY_SOURCE)
    session.run(sql.LOCK_FILMS_WITHOUT_TMDB_ID)
    filled = session.change_returning(sql.FILL_TMDB_IDS)
    session.run(sql.MATCH_BY_TMDB_ID)
    session.run(sql.NUMBER_NEW_FILMS)
    new = session.change_returning(sql.INSERT_MOVIES)
    filled |= session.change_returning(sql.FILL_FACTS)
    filled |= session.change_returning(sql.INSERT_GENRES)
    session.change(sql.INSERT_SOURCE_TITLES)
    matched, merged, apart = session.counts(sql.FILM_COUNTS)
    return {
        "films_new": len(new),
        "films_matched": matched,
        "films_filled": len(filled - new),
        "films_merged": merged,
        "films_apart": apart,
    }


def _write_users(session: _Session, name: str) -> dict[str, int]:
    users = session.run(sql.STAGE_USERS, name=name)
    new = session.change(sql.INSERT_USERS)
    session.run(sql.RESOLVE_USERS)
    session.run(sql.ACCOUNTS_OF_OTHERS)
    if account := session.cursor.fetchone():
        raise ImportRefusedError(
            f"The account {account[0]} was not made by an import. Choose another --name."
        )
    return {"users_new": new, "users_known": users - new}


def _write_ratings(session: _Session, ratings_read: int, watch: ImportProgress) -> dict[str, int]:
    watch.step("Comparing ratings with those stored")
    session.run(sql.LOCK_TASTES)
    resolved = session.run(sql.RESOLVE_RATINGS)
    merged = session.counts(sql.MERGED_RATINGS)[0] if resolved < ratings_read else 0
    session.run(sql.FIND_CHANGES)
    new, updated = session.counts(sql.CHANGE_COUNTS)
    kept = session.counts(sql.KEPT_RATINGS)[0] if new < resolved else 0
    bumped = session.run(sql.BUMP_TASTES)
    session.change(sql.UPDATE_RATINGS)
    _insert_ratings(session, new, watch)
    return {
        "ratings_new": new,
        "ratings_updated": updated,
        "ratings_unchanged": resolved - new - updated - kept,
        "ratings_kept": kept,
        "ratings_repeated": ratings_read - resolved - merged,
        "ratings_merged": merged,
        "users_changed": bumped,
    }


def _insert_ratings(session: _Session, total: int, watch: ImportProgress) -> None:
    pages = session.counts(sql.CHANGE_PAGES)[0] if total else 0
    written = 0
    for first in range(0, pages, sql.PAGES_PER_INSERT):
        watch.step(f"Writing ratings: {written:,} of {total:,}")
        last = first + sql.PAGES_PER_INSERT
        written += session.change(sql.INSERT_RATINGS, first_page=first, last_page=last)
