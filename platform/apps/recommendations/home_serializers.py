from typing import Any

from rest_framework import serializers

from .home.rows import Kind, Source
from .serializers import RecommendationOutput

SOURCES = [(source.value, source.value) for source in Source]


class HomeItemOutput(RecommendationOutput):
    """As in a list, where `source` is never `watchlist` or `new`."""

    source = serializers.ChoiceField(choices=SOURCES)
    score = serializers.FloatField(
        allow_null=True, help_text="The model's; null for what is not in your list."
    )


class HomeRowOutput(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="Names this row, as events do.")
    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
    title = serializers.CharField(help_text="In English.")
    params = serializers.DictField(
        help_text="What the title names, for one in another language: `movie_id` and `title`, or "
        "`genre_id`, `name` and `slug`."
    )
    source = serializers.ChoiceField(  # type: ignore[assignment]  # shadows an unused attribute
        choices=SOURCES, help_text="The most personal source in the row."
    )
    list_id = serializers.IntegerField(
        allow_null=True, help_text="Null where nothing of your list is shown."
    )
    results = HomeItemOutput(many=True)


class HomeOutput(serializers.Serializer[Any]):
    list_id = serializers.IntegerField(allow_null=True, help_text="Null where you have no list.")
    generated_at = serializers.DateTimeField(allow_null=True, help_text="When the list was made.")
    revision = serializers.IntegerField(help_text="The Taste revision that the list has seen.")
    current_revision = serializers.IntegerField(help_text="Your Taste revision now.")
    is_stale = serializers.BooleanField(help_text="You wrote what the list has not seen.")
    made_at = serializers.DateTimeField(help_text="When this answer was made.")
    rows = HomeRowOutput(many=True)
    is_cached = serializers.BooleanField(help_text="It was made for an earlier request of yours.")
