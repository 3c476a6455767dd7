from typing import Any

from rest_framework import serializers


class _FacetOutput(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="How many of the films that were counted.")


class GenreFacetOutput(_FacetOutput):
    id = serializers.IntegerField()
    name = serializers.CharField()
    slug = serializers.CharField()


class DecadeFacetOutput(_FacetOutput):
    decade = serializers.IntegerField(help_text="Its first year.")


class LanguageFacetOutput(_FacetOutput):
    language = serializers.CharField()


class CountryFacetOutput(_FacetOutput):
    country = serializers.CharField()


class MovieFacetsOutput(serializers.Serializer[Any]):
    """What the films that fit have; the most frequent first."""

    counted = serializers.IntegerField(help_text="How many films were counted.")
    is_complete = serializers.BooleanField(
        help_text="Whether these are all that fit. Where too many do, only those among the 10,000 "
        "films with the most votes were counted; of a search, those that it finds."
    )
    genres = GenreFacetOutput(many=True)
    decades = DecadeFacetOutput(many=True)
    languages = LanguageFacetOutput(many=True)
    countries = CountryFacetOutput(many=True)
