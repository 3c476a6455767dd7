"""Where an import takes films and ratings from, and what it calls the accounts it makes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Protocol

from apps.movies.models import SourceTitle
from apps.users.models import User

from .movielens_blocks import RatingBlock, read_rating_blocks
from .movielens_files import (
    DataSetFiles,
    LinkRow,
    MovieRow,
    SourceFile,
    read_links,
    read_movies,
)


class ImportProgress(Protocol):
    """Whoever watches an import: files are read through `wrap`, steps are announced."""

    def wrap(self, file: IO[bytes], source: SourceFile) -> IO[bytes]: ...
    def step(self, text: str) -> None: ...


class Unwatched:
    def wrap(self, file: IO[bytes], _source: SourceFile) -> IO[bytes]:
        return file

    def step(self, text: str) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Provenance:
    """How films and accounts are marked; accounts are `<name>-<user id>@<domain>`."""

    titles: SourceTitle.Source
    accounts: User.Origin
    domain: str


MOVIELENS = Provenance(
    SourceTitle.Source.MOVIELENS, User.Origin.IMPORTED, domain="movielens.invalid"
)


class RatingSource(Protocol):
    """Films fit into memory; ratings come a block at a time."""

    @property
    def provenance(self) -> Provenance: ...
    def movies(self, watch: ImportProgress) -> Iterable[MovieRow]: ...
    def links(self, watch: ImportProgress) -> Iterable[LinkRow]: ...
    def ratings(self, movie_ids: Iterable[int], watch: ImportProgress) -> Iterator[RatingBlock]: ...


@dataclass(frozen=True, slots=True)
class MovieLensFiles:
    """The tables of a MovieLens data set."""

    files: DataSetFiles
    provenance: Provenance = MOVIELENS

    def movies(self, watch: ImportProgress) -> Iterable[MovieRow]:
        return read_movies(self.files.movies, wrap=watch.wrap)

    def links(self, watch: ImportProgress) -> Iterable[LinkRow]:
        return read_links(self.files.links, wrap=watch.wrap) if self.files.links else ()

    def ratings(self, movie_ids: Iterable[int], watch: ImportProgress) -> Iterator[RatingBlock]:
        return read_rating_blocks(self.files.ratings, movie_ids=movie_ids, wrap=watch.wrap)
