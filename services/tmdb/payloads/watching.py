"""Where a film can be watched in each country: JustWatch's data, which TMDb passes on."""

from dataclasses import dataclass

from . import values
from .rows import read_rows
from .values import Dropped

MOST_COUNTRIES = 300
MOST_PROVIDERS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPayload:
    tmdb_id: int
    name: str
    logo_path: str
    display_priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchPayload:
    country: str
    link: str
    flatrate: tuple[ProviderPayload, ...]
    rent: tuple[ProviderPayload, ...]
    buy: tuple[ProviderPayload, ...]
    free: tuple[ProviderPayload, ...]
    ads: tuple[ProviderPayload, ...]


def read_watch(block: object, dropped: Dropped) -> tuple[WatchPayload, ...] | None:
    """The block's `results` is an object with a key for each country."""
    results = block.get("results") if isinstance(block, dict) else None
    if results == []:  # how PHP writes an empty object
        return ()
    if not isinstance(results, dict):
        dropped["watch"] += 1
        return None
    offers = _Offers(dropped)
    rows = list(results.items())
    if len(rows) > MOST_COUNTRIES:
        dropped["watch.too_many"] += len(rows) - MOST_COUNTRIES
    found = tuple(
        offers.read(country, row)
        for country, row in rows[:MOST_COUNTRIES]
        if _is_usable(country, row, dropped)
    )
    return found if found or not rows else None


def _is_usable(country: str, row: object, dropped: Dropped) -> bool:
    if not values.country(country):
        dropped["watch.country"] += 1
        return False
    if not isinstance(row, dict):
        dropped["watch.row"] += 1
        return False
    return True


class _Offers:
    """Reads the offers of one film, which repeat the same providers country after country."""

    def __init__(self, dropped: Dropped) -> None:
        self._dropped = dropped
        self._known: dict[tuple[int, int], ProviderPayload] = {}

    def read(self, country: str, row: dict[str, object]) -> WatchPayload:
        return WatchPayload(
            country=country,
            link=values.web_url(row.get("link"), "watch.link", self._dropped, scheme="https:"),
            flatrate=self._providers(row.get("flatrate")),
            rent=self._providers(row.get("rent")),
            buy=self._providers(row.get("buy")),
            free=self._providers(row.get("free")),
            ads=self._providers(row.get("ads")),
        )

    def _providers(self, value: object) -> tuple[ProviderPayload, ...]:
        if value is None:
            return ()
        if isinstance(value, list) and len(value) <= MOST_PROVIDERS:
            # Nearly all have been seen in another country; this is half of what a film costs.
            try:
                known = [self._known[row["provider_id"], row["display_priority"]] for row in value]
            except (KeyError, TypeError):
                return self._read_providers(value)
            if len({provider.tmdb_id for provider in known}) == len(known):
                return tuple(known)
        return self._read_providers(value)

    def _read_providers(self, value: object) -> tuple[ProviderPayload, ...]:
        found = read_rows(
            value,
            self._read_provider,
            key=_tmdb_id,
            block="providers",
            most=MOST_PROVIDERS,
            dropped=self._dropped,
        )
        return found or ()

    def _read_provider(self, row: dict[str, object]) -> ProviderPayload:
        tmdb_id = values.tmdb_id(row.get("provider_id"), "provider_id")
        priority = values.whole(row.get("display_priority")) or 0
        known = self._known.get((tmdb_id, priority))
        if known is None:
            known = self._known[tmdb_id, priority] = ProviderPayload(
                tmdb_id=tmdb_id,
                name=values.name(row.get("provider_name"), 100, "provider_name"),
                logo_path=values.image_path(
                    row.get("logo_path"), "providers.logo_path", self._dropped
                ),
                display_priority=priority,
            )
        return known


def _tmdb_id(provider: ProviderPayload) -> int:
    return provider.tmdb_id
