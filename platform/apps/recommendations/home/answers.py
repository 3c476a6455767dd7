"""The answer of a home page: made of rows, and kept for a while for whoever asks again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Self

from django.conf import settings

from apps.core.answer_cache import answers
from apps.core.conditional import etag_of_text
from apps.core.field_selection import Chosen, key_of
from apps.core.json_answers import as_json
from apps.core.locales import current_locale, note_language, shown_language
from apps.movies.fragments import Fragment, read_fragments
from apps.recommendations.cursors import Origin
from apps.recommendations.models import SHARE_UNIT, RecommendationList
from apps.recommendations.serializers import reason_text
from apps.recommendations.stored import StoredList, current_list

from . import gathering
from .choosing import Choice, anchor_ids_of, listed_of
from .rows import Item, Kind, Row, Source, share_out

# Grows with whatever changes in the answer, so that none of another release is sent.
FORMAT = 3

_TITLES = {
    Kind.FOR_YOU: "For you",
    Kind.BECAUSE_YOU_LIKED: "Because you liked {title}",
    Kind.POPULAR_IN_GENRE: "Popular in {name}",
    Kind.TRENDING: "Trending",
    Kind.NEW_FOR_YOU: "New for you",
    Kind.NEW_RELEASES: "New releases",
    Kind.WATCHLIST: "From your watchlist",
    Kind.POPULAR: "Popular on Nexus",
}
_OF_LISTS = {source.label: source for source in RecommendationList.Source}
_REASONS = {Source.WATCHLIST: "On your watchlist", Source.NEW: "New release"}
_ORDER = list(Source)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Who asks for a home page, when, and for how much of it."""

    user_id: int
    rows: int
    items: int
    at: datetime
    fields: Chosen = None
    include_adult: bool = False

    @property
    def parameters(self) -> str:
        adults = "adults" if self.include_adult else "all"
        return f"{self.rows}:{self.items}:{adults}:{key_of(self.fields)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A page as JSON, and the tag of what it shows; None if its caller holds it."""

    etag: str
    text: bytes | None


def home_answer(asked: Asked, *, is_held: Callable[[str], bool]) -> Answer:
    """What the viewer is shown, kept where nothing has changed that it depends on."""
    if not settings.HOME_CACHE_SECONDS:
        return _answer(_make(asked), is_held=is_held, is_cached=False)
    version = gathering.read_version(asked.user_id)
    parameters = f"{asked.parameters}:{current_locale().key}"
    key = f"home:{FORMAT}:{asked.user_id}:{version}:{asked.at:%F}:{parameters}"
    kept = answers().get(key)
    if kept is not None:
        return _answer(Made.of(kept), is_held=is_held, is_cached=True)
    # Whatever is written from here on is in the answer or not, but then it changes the key.
    made = _make(asked)
    answers().put(key, made.kept, seconds=settings.HOME_CACHE_SECONDS)
    return _answer(made, is_held=is_held, is_cached=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A page before it is known whom it is for: `kept` is all in one."""

    etag: str
    language: str
    text: bytes

    @classmethod
    def of(cls, kept: bytes) -> Self:
        etag, language, text = kept.split(b"\n", 2)
        return cls(etag=etag.decode(), language=language.decode(), text=text)

    @property
    def kept(self) -> bytes:
        return b"\n".join((self.etag.encode(), self.language.encode(), self.text))


def _answer(made: Made, *, is_held: Callable[[str], bool], is_cached: bool) -> Answer:
    """Written into the text: reading it would take as long as anything else."""
    note_language(made.language)
    if is_held(made.etag):
        return Answer(etag=made.etag, text=None)
    label = b',"is_cached":true}' if is_cached else b',"is_cached":false}'
    return Answer(etag=made.etag, text=made.text[:-1] + label)


def _make(asked: Asked) -> Made:
    stored = current_list(user_id=asked.user_id)
    choice = _choice(stored, asked)
    rows = share_out(choice.rows(), count=asked.rows, items=asked.items)
    data = {
        "list_id": stored.row_id if stored.origin is Origin.LIST else None,
        "generated_at": stored.generated_at,
        "revision": stored.revision,
        "current_revision": stored.current_revision,
        "is_stale": stored.revision < stored.current_revision,
        "rows": _rows_data(rows, choice, asked.fields),
    }
    # When it was made is none of what it shows.
    shown = as_json(data)
    made_at = b',"made_at":' + as_json(asked.at) + b"}"
    return Made(
        etag=etag_of_text(shown, caller=asked.user_id),
        language=shown_language(),
        text=shown[:-1] + made_at,
    )


def _choice(stored: StoredList, asked: Asked) -> Choice:
    today = asked.at.date()
    anchor_ids = anchor_ids_of(stored)
    include_adult = asked.include_adult
    gathered = gathering.gather(
        asked.user_id,
        items=asked.items,
        anchor_ids=anchor_ids,
        hidden=stored.hidden,
        include_adult=include_adult,
    )
    # TMDb's list of films in cinemas is at hand, if there is one.
    are_needed = not gathered.now_playing
    recent = _recent(asked) if are_needed else []
    of_list = {item.movie_id for item in stored.items}
    named_ids = {pk for item in stored.items for pk, _ in item.because}
    movie_ids = gathered.movie_ids.union(of_list, recent, named_ids)
    known = gathering.know(
        asked.user_id,
        movie_ids,
        named_ids=named_ids,
        hidden=stored.hidden,
        include_adult=include_adult,
    )
    return Choice(
        stored=stored,
        listed=listed_of(stored, known=known),
        gathered=gathered,
        known=known,
        anchor_ids=anchor_ids,
        recent=recent,
        today=today,
    )


def _recent(asked: Asked) -> list[int]:
    return gathering.recent_releases(
        items=asked.items, today=asked.at.date(), include_adult=asked.include_adult
    )


def _rows_data(rows: Sequence[Row], choice: Choice, chosen: Chosen) -> list[dict[str, Any]]:
    movie_ids = {item.movie_id for item in chain.from_iterable(row.items for row in rows)}
    known = choice.known
    films = read_fragments(movie_ids | known.liked)
    cards = {
        pk: film.card(known.states[pk], chosen=chosen)
        for pk, film in films.items()
        if pk in movie_ids
    }
    liked = {pk: film for pk, film in films.items() if pk in known.liked}
    return [_row_data(row, choice.stored, cards, liked) for row in rows]


def _row_data(
    row: Row, stored: StoredList, cards: Mapping[int, Any], liked: Mapping[int, Fragment]
) -> dict[str, Any]:
    """A film that was deleted a moment ago has no card."""
    params = dict(row.params)
    if row.kind is Kind.BECAUSE_YOU_LIKED:
        params["title"] = liked[params["movie_id"]].named()
    return {
        "key": _key(row),
        "kind": row.kind,
        "title": _TITLES[row.kind].format_map(params),
        "params": params,
        "source": min((item.source for item in row.items), key=_ORDER.index),
        "list_id": _list_id(row, stored),
        "results": [
            _item_data(item, cards[item.movie_id], liked)
            for item in row.items
            if item.movie_id in cards
        ],
    }


def _key(row: Row) -> str:
    """Names the row among those of the page, and the same row of another day."""
    of = row.params.get("movie_id") or row.params.get("slug")
    return f"{row.kind}-{of}" if of else row.kind


def _list_id(row: Row, stored: StoredList) -> int | None:
    return stored.row_id if any(item.score is not None for item in row.items) else None


def _item_data(item: Item, card: Any, liked: Mapping[int, Fragment]) -> dict[str, Any]:
    because = [
        {"movie_id": pk, "title": liked[pk].named(), "contribution": share / SHARE_UNIT}
        for pk, share in item.because
        if pk in liked
    ]
    return {
        "movie": card,
        "score": item.score,
        "source": item.source,
        "reason": {
            "text": _reason(item.source, [str(film["title"]) for film in because]),
            "because": because,
        },
    }


def _reason(source: Source, titles: list[str]) -> str:
    of_list = _OF_LISTS.get(source)
    return _REASONS[source] if of_list is None else reason_text(of_list, titles)
