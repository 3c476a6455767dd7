from typing import Any

from rest_framework import serializers

from apps.movies.models import Movie, ReleaseDate

from .films import MovieOutput


class NamedImageOutput(serializers.Serializer[Any]):
    """One image in four sizes."""

    small = serializers.URLField()
    medium = serializers.URLField()
    large = serializers.URLField()
    original = serializers.URLField()


class FilmImagesOutput(serializers.Serializer[Any]):
    poster = NamedImageOutput(allow_null=True)
    backdrop = NamedImageOutput(allow_null=True)


class CollectionOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="TMDb's.")
    name = serializers.CharField()
    poster_url = serializers.URLField(allow_null=True)


class KeywordOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="TMDb's.")
    name = serializers.CharField()


class CompanyOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="TMDb's.")
    name = serializers.CharField()
    logo_url = serializers.URLField(allow_null=True)
    origin_country = serializers.CharField(help_text="ISO 3166-1, or empty.")


class CodeOutput(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="ISO 3166-1 of a country, ISO 639 of a language.")
    name = serializers.CharField(help_text="In English.")


class CreditedPersonOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="TMDb's, and that of `people/{id}/`.")
    name = serializers.CharField()
    profile_url = serializers.URLField(allow_null=True)


class CastOutput(serializers.Serializer[Any]):
    person = CreditedPersonOutput()
    character = serializers.CharField()
    position = serializers.IntegerField()


class CrewOutput(serializers.Serializer[Any]):
    person = CreditedPersonOutput()
    department = serializers.CharField()
    job = serializers.CharField()


class VideoOutput(serializers.Serializer[Any]):
    site = serializers.CharField()
    key = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField(help_text="Trailer, Teaser, Clip and so on.")
    official = serializers.BooleanField()
    language = serializers.CharField()
    published_at = serializers.DateTimeField(allow_null=True)
    url = serializers.URLField(allow_null=True, help_text="For YouTube and Vimeo.")


class ReleaseOutput(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=ReleaseDate.Type.labels)
    released_on = serializers.DateField()
    certification = serializers.CharField(help_text="Or empty.")
    note = serializers.CharField(help_text="Or empty.")


class CountryReleasesOutput(serializers.Serializer[Any]):
    country = serializers.CharField()
    releases = ReleaseOutput(many=True)


class ProviderOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="TMDb's.")
    name = serializers.CharField()
    logo_url = serializers.URLField(allow_null=True)


class CountryOffersOutput(serializers.Serializer[Any]):
    country = serializers.CharField()
    link = serializers.URLField(allow_null=True, help_text="Where the offers are; lead there.")
    flatrate = ProviderOutput(many=True)
    free = ProviderOutput(many=True)
    ads = ProviderOutput(many=True)
    rent = ProviderOutput(many=True)
    buy = ProviderOutput(many=True)


class WatchOutput(serializers.Serializer[Any]):
    attribution = serializers.CharField(help_text="To be shown with the offers.")
    countries = CountryOffersOutput(many=True)


class TranslationOutput(serializers.Serializer[Any]):
    """What is empty was not translated."""

    language = serializers.CharField()
    country = serializers.CharField()
    title = serializers.CharField()
    overview = serializers.CharField()
    tagline = serializers.CharField()


class AlternativeTitleOutput(serializers.Serializer[Any]):
    country = serializers.CharField()
    title = serializers.CharField()
    type = serializers.CharField()


class MovieDetailOutput(MovieOutput):
    homepage = serializers.URLField(read_only=True, allow_null=True)
    images = FilmImagesOutput(read_only=True)
    collection = CollectionOutput(read_only=True, allow_null=True)
    keywords = KeywordOutput(many=True, read_only=True)
    companies = CompanyOutput(many=True, read_only=True)
    production_countries = CodeOutput(many=True, read_only=True)
    spoken_languages = CodeOutput(many=True, read_only=True)
    cast = CastOutput(many=True, read_only=True, help_text="The first 20.")
    crew = CrewOutput(many=True, read_only=True, help_text="20: directors, writers, producers...")
    videos = VideoOutput(many=True, read_only=True)
    release_dates = CountryReleasesOutput(many=True, read_only=True)
    watch = WatchOutput(read_only=True)
    translations = TranslationOutput(many=True, read_only=True)
    alternative_titles = AlternativeTitleOutput(many=True, read_only=True)
    is_removed = serializers.BooleanField(
        read_only=True, help_text="TMDb has it no longer: no list shows it."
    )
    is_adult = serializers.BooleanField(
        source="adult", read_only=True, help_text="It is for adults: lists show it to who asked."
    )
    attribution = serializers.CharField(read_only=True, help_text="To be shown with the data.")

    class Meta:
        model = Movie
        fields = [
            *MovieOutput.Meta.fields,
            "tagline",
            "status",
            "homepage",
            "budget",
            "revenue",
            "images",
            "collection",
            "keywords",
            "companies",
            "production_countries",
            "spoken_languages",
            "cast",
            "crew",
            "videos",
            "release_dates",
            "watch",
            "translations",
            "alternative_titles",
            "synced_at",
            "is_removed",
            "is_adult",
            "attribution",
        ]
        read_only_fields = fields
