"""What is known of the films of a rating table: TMDb's facts, or MovieLens' titles and genres."""

import zipfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from services.recommender.catalogue import Catalogue

from . import movielens_100k
from .catalogue_records import FilmFacts, FilmRecord, decade, features, read_records
from .genres import from_movielens
from .movielens_files import find_links, read_links, read_movies
from .movielens_titles import parse_title
from .source_files import LAYOUTS, MovieLensFileError, SourceFile, Wrap, find_tables, unwrapped

_MOVIES = ("movies.csv", "movies.dat", movielens_100k.NAME)


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """A catalogue by the rating table's item ids; `unmatched` films of the file have none."""

    name: str
    catalogue: Catalogue
    unmatched: int


def read_catalogue(
    location: Path,
    *,
    links: Path | None = None,
    beside: Sequence[Path] = (),
    wrap: Wrap = unwrapped,
) -> CatalogueFile:
    """Read lines of JSON in TMDb's shape, or the films of a MovieLens folder or ZIP.

    A record's `movielens_id` says which item it is. Of one without, and of the films that TMDb
    recommends, `links` say it: a file, folder or ZIP, by default those that lie beside the file, or
    else in one of the folders `beside`.

    Raises:
        MovieLensFileError: a file is malformed, or no film could be matched.
    """
    movies = find_movies(location)
    if movies is not None:
        if links is not None:
            reason = (
                "its films have the ids of the ratings, so there is nothing that links could join"
            )
            raise MovieLensFileError(movies.name, None, reason)
        facts = _movielens_facts(movies, wrap)
        return CatalogueFile(movies.name, _catalogue(facts, {}), unmatched=0)
    if not location.is_file() or zipfile.is_zipfile(location):
        reason = f"it is neither lines of JSON nor a folder or ZIP with {_MOVIES[0]} or alike"
        raise MovieLensFileError(location.name, None, reason)
    found = find_links(links) if links is not None else _links_in((location.parent, *beside))
    return _from_records(SourceFile(location), found, wrap)


def find_movies(location: Path) -> SourceFile | None:
    """The films of a folder or ZIP, or the very file that is called so; None where there are none.

    Raises MovieLensFileError where `location` does not exist or is no safe archive.
    """
    if location.is_file() and not zipfile.is_zipfile(location):
        return SourceFile(location) if location.name.lower() in _MOVIES else None
    tables = find_tables(location, (*LAYOUTS, ".item"))
    files = [file for name in sorted(tables) for file in tables[name]]
    return next((file for file in files if file.name.lower() in _MOVIES), None)


def _movielens_facts(movies: SourceFile, wrap: Wrap) -> dict[int, FilmFacts]:
    facts = {}
    is_100k = movies.name.lower() == movielens_100k.NAME
    rows = movielens_100k.read_items(movies, wrap) if is_100k else read_movies(movies, wrap=wrap)
    for row in rows:
        year = parse_title(row.title).year or 0
        genres = features("genre", from_movielens(row.genres))
        facts[row.movie_id] = FilmFacts(frozenset((*genres, *decade(year))), year=year)
    return facts


def _from_records(source: SourceFile, links: SourceFile | None, wrap: Wrap) -> CatalogueFile:
    records = list(read_records(source, wrap))
    items = _items_of_tmdb_ids(records, links)
    facts: dict[int, FilmFacts] = {}
    unmatched = 0
    for record in records:
        matched = {*items.get(record.tmdb_id or 0, []), *_own(record)}
        unmatched += not matched
        facts.update((item, record.facts) for item in matched)
    if not facts:
        reason = "no film has a movielens_id, and no links.csv says which items they are"
        raise MovieLensFileError(source.name, None, reason)
    return CatalogueFile(source.name, _catalogue(facts, items), unmatched)


def _own(record: FilmRecord) -> list[int]:
    return [] if record.movielens_id is None else [record.movielens_id]


def _items_of_tmdb_ids(
    records: Sequence[FilmRecord], links: SourceFile | None
) -> Mapping[int, list[int]]:
    """The items that are a film of TMDb's; links may give a film several, a record but one."""
    items: dict[int, list[int]] = defaultdict(list)
    for record in records:
        if record.tmdb_id is not None and record.movielens_id is not None:
            items[record.tmdb_id].append(record.movielens_id)
    named = {item for found in items.values() for item in found}
    for row in read_links(links) if links else ():
        if row.tmdb_id is not None and row.movie_id not in named:
            items[row.tmdb_id].append(row.movie_id)
    return items


def _links_in(folders: Sequence[Path]) -> SourceFile | None:
    for folder in folders:
        if folder.exists() and (folder.is_dir() or zipfile.is_zipfile(folder)):
            found = find_tables(folder).get("links", [])
            if found:
                return found[0]
    return None


def _catalogue(facts: Mapping[int, FilmFacts], items: Mapping[int, Sequence[int]]) -> Catalogue:
    ids = sorted(facts)
    ordered = [facts[item] for item in ids]
    related = {
        item: [other for tmdb_id in film.related for other in items.get(tmdb_id, [])[:1]]
        for item, film in zip(ids, ordered, strict=True)
    }
    return Catalogue(
        item_ids=np.array(ids, np.int64),
        features=[film.features for film in ordered],
        vote_counts=np.array([film.vote_count for film in ordered], np.float32),
        vote_averages=np.array([film.vote_average for film in ordered], np.float32),
        years=np.array([film.year for film in ordered], np.int32),
        related={item: others for item, others in related.items() if others},
    )
