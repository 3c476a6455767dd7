"""A load in the platform's own database, by the way that MovieLens data sets come in."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from apps.movies.models import SourceTitle
from apps.users.models import User
from services.imports.movielens import ImportReport, import_ratings
from services.imports.movielens_blocks import RatingBlock
from services.imports.movielens_files import LinkRow, MovieRow
from services.imports.rating_sources import ImportProgress, Provenance

from .generating import Load

GENERATED = Provenance(
    SourceTitle.Source.GENERATED, User.Origin.GENERATED, domain="generated.invalid"
)


class RealAccountsError(Exception):
    """People have accounts here, and a model would learn from invented ones beside theirs."""


@dataclass(frozen=True, slots=True)
class _Generated:
    """A load as an import reads it."""

    load: Load
    told: Callable[[int], None]
    provenance: Provenance = GENERATED

    def movies(self, _watch: ImportProgress) -> Iterable[MovieRow]:
        return self.load.movies()

    def links(self, _watch: ImportProgress) -> Iterable[LinkRow]:
        return self.load.links()

    def ratings(self, _movie_ids: Iterable[int], _watch: ImportProgress) -> Iterator[RatingBlock]:
        written = 0
        for block in self.load.blocks():
            yield block
            written += len(block)
            self.told(written)


def refuse_real_accounts() -> None:
    """Raises RealAccountsError where anybody but operators and invented viewers has an account."""
    invented = (User.Origin.GENERATED, User.Origin.SIMULATED)
    real = User.objects.exclude(origin__in=invented).filter(is_staff=False).count()
    if real:
        raise RealAccountsError(
            f"{real:,} real accounts are here. Generated viewers count as real ones do: lists are "
            "built for them, and models and popularity learn from them."
        )


def store(
    load: Load, *, at: datetime, progress: ImportProgress, told: Callable[[int], None]
) -> ImportReport:
    """All of it in one transaction; what is stored already stays, so it may be run again.

    Raises:
        ImportRefusedError: an account that is no generated one has an address of these.
    """
    source = _Generated(load, told)
    return import_ratings(source, name=load.name, at=at, progress=progress)
