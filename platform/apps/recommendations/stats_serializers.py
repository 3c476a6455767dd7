from datetime import datetime
from typing import Any

from rest_framework import serializers

from .models import RecommendationList, RecommendationStats
from .outcomes import DAYS

OWN = "own"
GLOBAL = "global"
_SOURCES = [source.label for source in RecommendationList.Source]


class OutcomesOutput(serializers.Serializer[Any]):
    impressions = serializers.IntegerField(help_text="Films on pages and rows, as clients told.")
    clicks = serializers.IntegerField(help_text="Of them.")
    click_rate = serializers.FloatField(allow_null=True, help_text="Null if nothing was shown.")
    films = serializers.IntegerField(help_text="Different films that were shown, by viewer.")
    clicked = serializers.IntegerField(help_text="Of these films, as all that follows.")
    saved = serializers.IntegerField(help_text="Favourited or put on the watchlist afterwards.")
    liked = serializers.IntegerField(help_text="Rated 7 or more afterwards.")
    watched = serializers.IntegerField(help_text="Watched afterwards, to 80 % or more.")
    hits = serializers.IntegerField(help_text="Any of the four.")
    hit_rate = serializers.FloatField(allow_null=True, help_text="Null if nothing was shown.")


class OwnListOutput(serializers.Serializer[Any]):
    list_id = serializers.IntegerField()
    generated_at = serializers.DateTimeField()
    age_seconds = serializers.FloatField(min_value=0)
    revision = serializers.IntegerField(help_text="The Taste revision that the list has seen.")
    is_stale = serializers.BooleanField(help_text="You wrote what this list has not seen.")
    films = serializers.IntegerField(help_text="As built.")
    sources = serializers.DictField(
        child=serializers.IntegerField(), help_text="Films of each source."
    )


class OwnStatsOutput(serializers.Serializer[Any]):
    scope = serializers.ChoiceField([OWN])
    list = OwnListOutput(allow_null=True, help_text="Null without a list of your own.")
    lists_kept = serializers.IntegerField(help_text="The present one, and older ones.")
    current_revision = serializers.IntegerField(help_text="Your Taste revision now.")
    since = serializers.DateTimeField(help_text=f"{DAYS} days ago.")
    shown = OutcomesOutput(help_text="What came of the films that you were shown since then.")


class ActiveGenerationOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    model_version_id = serializers.IntegerField()
    activated_at = serializers.DateTimeField(allow_null=True)
    viewers_with_list = serializers.IntegerField()
    viewers_without_personal = serializers.IntegerField(
        help_text="Of them: without a `personal` film among the first 20."
    )
    median_age_seconds = serializers.FloatField(allow_null=True, help_text="Of the lists read.")
    p95_age_seconds = serializers.FloatField(allow_null=True)
    sources = serializers.DictField(
        child=serializers.IntegerField(), help_text="Of the first 20 places of these lists."
    )
    fallback_share = serializers.FloatField(
        allow_null=True, help_text="Of these places: `trending` and `popular`."
    )


class WaitingViewersOutput(serializers.Serializer[Any]):
    realtime = serializers.IntegerField(help_text="A worker will build their lists.")
    next_generation = serializers.IntegerField(help_text="Their lists come with all others.")


class SourceOutcomesOutput(OutcomesOutput):
    source = serializers.ChoiceField(  # type: ignore[assignment]  # shadows an unused attribute
        _SOURCES, allow_null=True, help_text="Null for rows of `home` that are of no list."
    )


class ShownOutput(serializers.Serializer[Any]):
    since = serializers.DateTimeField()
    all = OutcomesOutput()
    by_source = SourceOutcomesOutput(
        many=True, help_text="A film counts for the source from which it was shown first."
    )


class GlobalFiguresOutput(serializers.Serializer[Any]):
    generation = ActiveGenerationOutput(allow_null=True)
    viewers = serializers.IntegerField(help_text="Active accounts.")
    waiting = WaitingViewersOutput(help_text="Viewers who wrote what their list has not seen.")
    shown = ShownOutput()


class GlobalStatsOutput(serializers.Serializer[Any]):
    scope = serializers.ChoiceField([GLOBAL])
    computed_at = serializers.DateTimeField(
        allow_null=True, help_text="A worker computes them every hour; null before the first time."
    )
    age_seconds = serializers.FloatField(allow_null=True)
    stats = GlobalFiguresOutput(allow_null=True)


def global_data(stats: RecommendationStats | None, *, at: datetime) -> dict[str, Any]:
    """What GlobalStatsOutput describes; the body was made for it."""
    age = stats and max(0.0, (at - stats.computed_at).total_seconds())
    return {
        "scope": GLOBAL,
        "computed_at": stats and stats.computed_at,
        "age_seconds": age,
        "stats": stats and stats.body,
    }
