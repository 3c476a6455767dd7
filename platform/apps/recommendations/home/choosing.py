"""Which rows a viewer could be shown, and the films of each, best first."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from heapq import nlargest

from apps.recommendations.cursors import Origin
from apps.recommendations.models import SHARE_UNIT, RecommendationList
from apps.recommendations.stored import StoredItem, StoredList

from .gathering import RECENT, Gathered, Known
from .rows import FEWEST_FILMS, Item, Kind, Row, Source

# Films of the viewer's that explain most of the list: two are shown, if they are still liked.
ANCHORS = 3
ANCHORS_SHOWN = 2

_Listed = RecommendationList.Source
_SOURCES = {source: Source(source.label) for source in _Listed}


def anchor_ids_of(stored: StoredList) -> list[int]:
    """The films that most of the list is explained by."""
    explained: defaultdict[int, int] = defaultdict(int)
    for item in stored.items:
        for movie_id, share in item.because:
            explained[movie_id] += share
    return nlargest(ANCHORS, explained, key=explained.__getitem__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """All that rows are made of: `listed` is what may be shown of the viewer's own list, in order.

    Rows may be named after the anchors; `recent` are further films that are new.
    """

    stored: StoredList
    listed: Mapping[int, Item]
    gathered: Gathered
    known: Known
    anchor_ids: list[int]
    recent: list[int]
    today: date

    def rows(self) -> list[Row]:
        """In the order in which they are shown."""
        if self.stored.origin is Origin.LIST:
            return [self._for_you(), *self._because(), *self._others()]
        return [self._trending(), self._popular(), *self._in_genre(), self._new(), self._saved()]

    def _others(self) -> list[Row]:
        rows = [*self._in_genre(), self._trending(), self._new(), self._saved()]
        return [*rows, self._popular()]

    def _shown(self, movie_ids: Iterable[int], source: Source) -> list[Item]:
        """Those of the films that may be shown; one that is in the list is the list's item."""
        return [
            self.listed.get(pk) or Item(movie_id=pk, source=source)
            for pk in dict.fromkeys(movie_ids)
            if self.known.is_shown(pk)
        ]

    def _for_you(self) -> Row:
        return Row(kind=Kind.FOR_YOU, items=list(self.listed.values()))

    def _because(self) -> list[Row]:
        anchors = [pk for pk in self.anchor_ids if self.known.states[pk].is_liked]
        return [
            Row(
                kind=Kind.BECAUSE_YOU_LIKED,
                items=self._like(pk),
                params={"movie_id": pk},
                gives_way=place > 0,
            )
            for place, pk in enumerate(anchors[:ANCHORS_SHOWN])
        ]

    def _like(self, anchor_id: int) -> list[Item]:
        """What the list recommends for the film's sake, then what TMDb does."""
        named = [item for item in self.listed.values() if anchor_id in dict(item.because)]
        related = [
            Item(movie_id=pk, source=Source.SIMILAR, because=((anchor_id, SHARE_UNIT),))
            for pk in self.gathered.related.get(anchor_id, ())
            if self.known.is_shown(pk) and pk not in self.listed
        ]
        return [*named, *related]

    def _in_genre(self) -> list[Row]:
        genre = self.gathered.strongest_genre
        if genre is None:
            return []
        items = self._shown(self.gathered.popular_in_genre, Source.POPULAR)
        params = {"genre_id": genre["id"], "name": genre["name"], "slug": genre["slug"]}
        return [Row(kind=Kind.POPULAR_IN_GENRE, items=items, params=params)]

    def _trending(self) -> Row:
        return Row(kind=Kind.TRENDING, items=self._shown(self.gathered.trending, Source.TRENDING))

    def _popular(self) -> Row:
        items = (item for item in self.stored.items if item.source is _Listed.POPULAR)
        stored = [item.movie_id for item in items]
        of_all = stored if self.stored.origin is Origin.GENERATION else self.gathered.popular
        return Row(
            kind=Kind.POPULAR,
            items=self._shown(of_all, Source.POPULAR),
            gives_way=self.stored.origin is Origin.LIST,
        )

    def _new(self) -> Row:
        """Recent films of the list; others follow them."""
        own = [item for item in self.listed.values() if self._is_recent(item.movie_id)]
        others = self._shown([*self.gathered.now_playing, *self.recent], Source.NEW)
        own_ids = {item.movie_id for item in own}
        kind = Kind.NEW_FOR_YOU if len(own) >= FEWEST_FILMS else Kind.NEW_RELEASES
        return Row(
            kind=kind, items=[*own, *(item for item in others if item.movie_id not in own_ids)]
        )

    def _is_recent(self, movie_id: int) -> bool:
        released = self.known.released[movie_id]
        return released is not None and self.today - RECENT <= released <= self.today

    def _saved(self) -> Row:
        """Of the watchlist, first what is in the list, in its order, then what was saved last."""
        saved = set(self.gathered.watchlist)
        own = [pk for pk in self.listed if pk in saved]
        items = self._shown([*own, *self.gathered.watchlist], Source.WATCHLIST)
        return Row(kind=Kind.WATCHLIST, items=items)


def listed_of(stored: StoredList, *, known: Known) -> dict[int, Item]:
    """Empty where the viewer has no list and reads the popular films of all."""
    items = stored.items if stored.origin is Origin.LIST else []
    return {item.movie_id: _item_of(item) for item in items if known.is_shown(item.movie_id)}


def _item_of(item: StoredItem) -> Item:
    return Item(
        movie_id=item.movie_id,
        source=_SOURCES[item.source],
        score=item.score,
        because=item.because,
    )
