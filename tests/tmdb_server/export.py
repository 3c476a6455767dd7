"""The daily file of all ids, written once for each day and state of the catalogue."""

import gzip
import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from tests.tmdb_server import invented
from tests.tmdb_server.catalogue import FIRST_INVENTED, Catalogue

PATH = re.compile(r"/p/exports/movie_ids_(\d\d)_(\d\d)_(\d{4})\.json\.gz")
KEPT_DAYS = 90
LINES_AT_ONCE = 20_000
# Quick, and the size is about that of the real file.
COMPRESSION = 1


def path_of(day: date) -> str:
    return f"/p/exports/movie_ids_{day:%m_%d_%Y}.json.gz"


def day_of(path: str) -> date | None:
    """None when this is no address of an export."""
    if not (found := PATH.fullmatch(path)):
        return None
    month, day, year = map(int, found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def is_kept(day: date, *, today: date) -> bool:
    return today - timedelta(days=KEPT_DAYS) <= day <= today


def factor(identifier: int, ordinal: int) -> float:
    """Popularity rises and falls by the day: two days that follow each other never agree."""
    return 1 + ((ordinal * 37 + identifier) % 101) / 1_000


class Export:
    """`lines` is how many titles it has; None: as many as the catalogue."""

    def __init__(self, catalogue: Catalogue, folder: Path, *, lines: int | None = None) -> None:
        self._catalogue = catalogue
        self._folder = folder
        self._lines = lines
        known = len(catalogue.entries)
        catalogue.invented = max(0, (known if lines is None else lines) - known)

    def file(self, day: date) -> Path:
        """Written on the first call, which takes a few seconds for a million lines."""
        path = self._folder / f"{day}-{self._catalogue.revision}.json.gz"
        if not path.exists():
            draft = path.with_suffix(".draft")
            with gzip.open(draft, "wb", compresslevel=COMPRESSION) as stream:
                for part in self._parts(day.toordinal()):
                    stream.write(part.encode())
            draft.replace(path)
        return path

    def _parts(self, ordinal: int) -> Iterator[str]:
        yield "".join(self._of_catalogue(ordinal))
        last = FIRST_INVENTED + self._catalogue.invented
        for first in range(FIRST_INVENTED, last, LINES_AT_ONCE):
            yield self._invented(first, min(first + LINES_AT_ONCE, last), ordinal)

    def _of_catalogue(self, ordinal: int) -> Iterator[str]:
        # Adult titles have a file of their own.
        entries = sorted(entry for entry in self._catalogue if not entry.adult)
        for entry in entries[: self._lines]:
            line = {
                "adult": False,
                "id": entry.id,
                "original_title": entry.original_title,
                "popularity": round(max(entry.popularity, 0.6) * factor(entry.id, ordinal), 4),
                "video": False,
            }
            yield json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"

    def _invented(self, first: int, last: int, ordinal: int) -> str:
        has_changed = self._catalogue.is_changed
        return "".join(
            f'{{"adult":false,"id":{n},"original_title":"Title {n}",'
            f'"popularity":{invented.popularity(n) * factor(n, ordinal):.4f},"video":false}}\n'
            for n in range(first, last)
            if not has_changed(n)
        )
