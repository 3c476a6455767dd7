from typing import Any

from rest_framework import serializers

from apps.core.field_selection import Chosen
from apps.core.json_answers import as_json
from apps.movies.serializers.films import MovieOutput

from .cursors import Origin
from .models import SHARE_UNIT, RecommendationList
from .pages import Page
from .stored import StoredItem, StoredList
from .waiting import Reason, Waiting

# Grows with whatever changes in a page, so that nobody takes one of another release for the same.
FORMAT = 2

SOURCES = [(source.label, source.label) for source in RecommendationList.Source]
# An attribute of an enumeration is looked for anew each time.
_LABELS = {source: source.label for source in RecommendationList.Source}
_REASONS = {
    RecommendationList.Source.PERSONAL: "Picked for you",
    RecommendationList.Source.SIMILAR: "Similar to films you liked",
    RecommendationList.Source.TRENDING: "Trending now",
    RecommendationList.Source.POPULAR: "Popular on Nexus",
    RecommendationList.Source.EXPLORED: "Something new for you",
}


class BecauseOutput(serializers.Serializer[Any]):
    movie_id = serializers.IntegerField()
    title = serializers.CharField()
    contribution = serializers.FloatField(
        min_value=0, max_value=1, help_text="This film's share of all that speaks for the item."
    )


class ReasonOutput(serializers.Serializer[Any]):
    text = serializers.CharField()
    because = BecauseOutput(many=True)


class RecommendationOutput(serializers.Serializer[Any]):
    movie = MovieOutput()
    score = serializers.FloatField(
        allow_null=True,
        help_text="The model's, before films are re-ranked for variety: it compares items of one "
        "list and does not descend along it. Null for popular films.",
    )
    source = serializers.ChoiceField(choices=SOURCES)  # type: ignore[assignment]  # shadows an unused attribute
    reason = ReasonOutput()


class RecommendationPageOutput(serializers.Serializer[Any]):
    list_id = serializers.IntegerField(
        allow_null=True, help_text="Null where nothing of a list of your own is shown."
    )
    source = serializers.ChoiceField(  # type: ignore[assignment]  # as above
        choices=SOURCES, help_text="The most personal source in the whole list."
    )
    generated_at = serializers.DateTimeField(allow_null=True)
    revision = serializers.IntegerField(help_text="The Taste revision that the list has seen.")
    current_revision = serializers.IntegerField(help_text="Your Taste revision now.")
    is_stale = serializers.BooleanField(help_text="You wrote what this list has not seen.")
    next = serializers.URLField(allow_null=True)
    results = RecommendationOutput(many=True)


class WaitingOutput(serializers.Serializer[Any]):
    min_revision = serializers.IntegerField(help_text="What you asked for.")
    revision = serializers.IntegerField(help_text="The Taste revision that your list has seen.")
    current_revision = serializers.IntegerField(help_text="Your Taste revision now.")
    estimated_ms = serializers.IntegerField(
        allow_null=True,
        help_text="For how long such a list is usually waited for from now on; null if unknown.",
    )
    reason = serializers.ChoiceField(
        choices=[reason.value for reason in Reason],
        help_text="`waiting`: a worker will build it. `delayed`: it should be there already. "
        "`no_worker`: none was seen lately. "
        "`next_generation`: it comes with the next build of all lists. `nothing_published`: there "
        "are no lists yet. `older_list`: the cursor is of a list from before; start without it. "
        "`unknown_revision`: no write of yours has this revision.",
    )


def waiting_data(waiting: Waiting, stored: StoredList, *, revision: int) -> dict[str, Any]:
    return {
        "min_revision": revision,
        "revision": stored.revision,
        "current_revision": stored.current_revision,
        "estimated_ms": waiting.estimated_ms,
        "reason": waiting.reason.value,
    }


def page_json(page: Page, *, next_url: str | None, fields: Chosen) -> bytes:
    """A reason names only films that the viewer still likes."""
    stored = page.stored
    data = {
        "list_id": stored.row_id if stored.origin is Origin.LIST else None,
        "source": _LABELS[page.source],
        "generated_at": stored.generated_at,
        "revision": stored.revision,
        "current_revision": stored.current_revision,
        "is_stale": stored.revision < stored.current_revision,
        "next": next_url,
        "results": [
            _item_data(item, page, fields) for item in page.items if item.movie_id in page.films
        ],
    }
    return as_json(data)


def _item_data(item: StoredItem, page: Page, fields: Chosen) -> dict[str, Any]:
    films, states = page.films, page.states
    because = [
        {"movie_id": pk, "title": films[pk].named(), "contribution": share / SHARE_UNIT}
        for pk, share in item.because
        if pk in films and states[pk].is_liked
    ]
    return {
        "movie": films[item.movie_id].card(states[item.movie_id], chosen=fields),
        "score": item.score,
        "source": _LABELS[item.source],
        "reason": {
            "text": reason_text(item.source, [str(film["title"]) for film in because]),
            "because": because,
        },
    }


def reason_text(source: RecommendationList.Source, titles: list[str]) -> str:
    """Names the films that the viewer likes, or else where the recommendation comes from."""
    if titles:
        return f"Because you liked {' and '.join(titles)}"
    return _REASONS[source]
