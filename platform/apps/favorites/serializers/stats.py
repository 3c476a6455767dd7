from typing import Any

from rest_framework import serializers

_MEAN = "Of your scores, with two decimals; null where there are none."


class CountsOutput(serializers.Serializer[Any]):
    ratings = serializers.IntegerField()
    favorites = serializers.IntegerField()
    films_watched = serializers.IntegerField(help_text="To 80 % or more, each counted once.")
    viewings = serializers.IntegerField(help_text="All of them, also those that ended early.")
    watchlist = serializers.IntegerField()
    not_interested = serializers.IntegerField()


class ScoresOutput(serializers.Serializer[Any]):
    mean = serializers.FloatField(allow_null=True, help_text=_MEAN)
    median = serializers.FloatField(allow_null=True)
    histogram = serializers.DictField(
        child=serializers.IntegerField(), help_text="How often you gave each score, `1` to `10`."
    )


class ShareOutput(serializers.Serializer[Any]):
    films = serializers.IntegerField(help_text="Those that you rated or watched.")
    mean_score = serializers.FloatField(allow_null=True, help_text=_MEAN)


class GenreShareOutput(ShareOutput):
    id = serializers.IntegerField()
    name = serializers.CharField()
    slug = serializers.CharField()


class DecadeShareOutput(ShareOutput):
    decade = serializers.IntegerField(
        allow_null=True, help_text="Its first year; null for films of unknown age."
    )


class PersonShareOutput(ShareOutput):
    id = serializers.IntegerField()
    name = serializers.CharField()


class PeopleShareOutput(serializers.Serializer[Any]):
    directors = PersonShareOutput(many=True)
    actors = PersonShareOutput(many=True)


class NamedFilmOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = serializers.CharField()


class UnknownRuntimesOutput(serializers.Serializer[Any]):
    films = serializers.IntegerField()
    named = NamedFilmOutput(many=True, help_text="The first ten by title.")


class WatchTimeOutput(serializers.Serializer[Any]):
    minutes = serializers.FloatField(
        help_text="The lengths of the films times how much of them you saw, over all viewings."
    )
    hours = serializers.FloatField(help_text="The same in hours, with one decimal.")
    unknown_runtimes = UnknownRuntimesOutput(
        help_text="Films that you saw and whose length is not known: they count for nothing here."
    )


class StreakOutput(serializers.Serializer[Any]):
    days = serializers.IntegerField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()


class StreaksOutput(serializers.Serializer[Any]):
    current = StreakOutput(allow_null=True, help_text="Ends today or yesterday; null for none.")
    longest = StreakOutput(allow_null=True)


class MonthOutput(serializers.Serializer[Any]):
    month = serializers.CharField(help_text="Such as `2026-11`.")
    viewings = serializers.IntegerField()
    ratings = serializers.IntegerField()


class LibraryStatsOutput(serializers.Serializer[Any]):
    counts = CountsOutput()
    scores = ScoresOutput()
    genres = GenreShareOutput(many=True, help_text="Those with most films first.")
    decades = DecadeShareOutput(many=True, help_text="The oldest first, films of unknown age last.")
    people = PeopleShareOutput(
        help_text="Those in at least two of your films, most films first, ten at most. Actors are "
        "those of the first five parts."
    )
    watch_time = WatchTimeOutput()
    streaks = StreaksOutput(
        help_text="Days in a row, in UTC, with a viewing or a rating whose moment is known."
    )
    activity = MonthOutput(many=True, help_text="The last twelve months, this one as the last.")
