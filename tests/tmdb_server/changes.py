"""Which titles changed on a day: as scripted, or else one in a hundred."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from tests.tmdb_server import invented
from tests.tmdb_server.catalogue import Catalogue

ROWS = 100
LONGEST = timedelta(days=14)


class Changes:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._scripted: dict[date, list[int]] = {}

    def script(self, day: date, identifiers: Sequence[int]) -> None:
        """These and no others changed on that day, whether or not they exist."""
        self._scripted[day] = list(identifiers)

    def between(self, first: date, last: date) -> list[int]:
        days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
        return list(dict.fromkeys(identifier for day in days for identifier in self.on(day)))

    def on(self, day: date) -> list[int]:
        if (scripted := self._scripted.get(day)) is not None:
            return scripted
        ordinal = day.toordinal()
        return [
            entry.id
            for entry in self._catalogue
            if not invented.below(100, "changed", entry.id, ordinal)
        ]


def change_row(identifier: int) -> dict[str, Any]:
    """`adult` is null for about one in 33, as recorded."""
    unknown = not invented.below(33, "adult is unknown", identifier)
    return {"id": identifier, "adult": None if unknown else False, "softcore": False}
