"""Where films can be watched: which providers offer what in a country."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Func

from apps.core.database import array_of

OFFERS = ("flatrate", "free", "ads", "rent", "buy")
# Without paying for a film in particular.
DEFAULT_OFFERS = ("flatrate", "free", "ads")

_COUNTRY: dict[str, Any] = {"template": "ARRAY[%(expressions)s::text]"}
_PROVIDERS: dict[str, Any] = {"arg_joiner": " || ", "template": "(%(expressions)s)"}

# One index of arrays finds both at once, so that the films of a provider that is everywhere are
# not looked at in every country.
INDEXED = (Func("country", **_COUNTRY), Func(*OFFERS, **_PROVIDERS))
# What the index knows, and statistics of the planner tell of.
_IN_REGION = """
    movies_watchavailability AS of_film
    WHERE ARRAY[of_film.country::text] && ARRAY[%(region)s]
"""
_LIKELY_OFFERED = "of_film.{offer} && %(provider_ids)s::int[]"
_BY_PROVIDERS = " AND {every} && %(provider_ids)s::int[]"
# What is asked for.
_SO_OFFERED = " AND of_film.country = %(region)s AND {offers} && %(provider_ids)s::int[]"
_OFFERED = " AND of_film.country = %(region)s AND {offers} <> '{{}}'"


@dataclass(frozen=True, kw_only=True, slots=True)
class Watchable:
    """By one of the providers, or anybody if none is named, with one of the offers, in the region.

    `region` is a country's code.
    """

    region: str
    offers: tuple[str, ...]
    provider_ids: tuple[int, ...] = ()

    def rows(self) -> str:
        """SQL: the rows `of_film` that tell of such a film, from the table on."""
        exactly = _SO_OFFERED if self.provider_ids else _OFFERED
        return self._indexed_rows() + exactly.format(offers=_together(self.offers))

    def likely_rows(self) -> str:
        """The same to a planner, who knows what is how frequent in each column by itself."""
        by_one = [_LIKELY_OFFERED.format(offer=offer) for offer in self.offers]
        return _IN_REGION + (f" AND ({' OR '.join(by_one)})" if self.provider_ids else "")

    def _indexed_rows(self) -> str:
        """As `rows`, and perhaps some more: by any offer."""
        by_whom = _BY_PROVIDERS if self.provider_ids else ""
        return _IN_REGION + by_whom.format(every=_together(OFFERS))

    def parameters(self) -> dict[str, str]:
        return {"region": self.region, "provider_ids": array_of(self.provider_ids)}


def _together(offers: Iterable[str]) -> str:
    return f"({' || '.join(f'of_film.{offer}' for offer in offers)})"
