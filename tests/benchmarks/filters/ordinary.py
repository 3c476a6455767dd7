"""The same filters as an ordinary DRF app would have them: joins, and each film once."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import DateField, F, Func, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from apps.favorites.models import Favorite, Rating, WatchEntry
from apps.favorites.querysets import WATCHED_PROGRESS
from apps.movies.models import Movie

Films = QuerySet[Movie]
Parameters = Mapping[str, str]

# Without paying for a film in particular.
DEFAULT_OFFERS = ("flatrate", "free", "ads")
LOOKUPS = {
    "title": "title__icontains",
    "q": "title__icontains",
    "year": "year",
    **{
        f"{column}_{end}": f"{column}__{lookup}"
        for column in ("year", "vote_average", "vote_count", "runtime")
        for end, lookup in (("min", "gte"), ("max", "lte"))
    },
}
ORDERINGS: Mapping[str, tuple[Any, ...]] = {
    "-popularity": ("-vote_count", "pk"),
    "popularity": ("vote_count", "-pk"),
    "-year": (F("year").desc(nulls_last=True), "pk"),
    "year": (F("year").asc(nulls_last=True), "-pk"),
    "title": ("title", "pk"),
    "-title": ("-title", "-pk"),
    "-vote_average": ("-vote_average", "-vote_count", "pk"),
    "-release_date": ("-release_date", "pk"),
    "release_date": ("release_date", "-pk"),
}
NEEDED = {
    "-vote_average": Q(vote_average__isnull=False),
    "-release_date": Q(release_date__isnull=False),
    "release_date": Q(release_date__isnull=False),
}
_LAST_DAY = Func(
    F("year"), Value(12), Value(31), function="make_date", output_field=DateField(null=True)
)


def ordinary(parameters: Parameters, *, viewer_id: int) -> Films:
    films: Films = Movie.objects.filter(tombstoned_at__isnull=True)
    if parameters.get("include_adult") != "true":
        films = films.filter(adult=False)
    for name, value in parameters.items():
        if name in LOOKUPS:
            films = films.filter(**{LOOKUPS[name]: value})
        elif name in _FILTERS:
            films = _FILTERS[name](films, parameters)
    if parameters.get("hide_seen") == "true":
        films = _unseen(films, viewer_id)
    ordering = parameters.get("ordering", "-popularity")
    return films.filter(NEEDED.get(ordering, Q())).distinct().order_by(*ORDERINGS[ordering])


def _of_genres(films: Films, parameters: Parameters) -> Films:
    for name in parameters["genre"].split(","):
        films = films.filter(_is_genre(name))
    return films


def _of_any_genre(films: Films, parameters: Parameters) -> Films:
    wanted = Q()
    for name in parameters["genre_any"].split(","):
        wanted |= _is_genre(name)
    return films.filter(wanted)


def _is_genre(name: str) -> Q:
    return Q(genres__pk=name) if name.isdigit() else Q(genres__slug=name)


def _of_languages(films: Films, parameters: Parameters) -> Films:
    return films.filter(original_language__in=parameters["language"].split(","))


def _of_countries(films: Films, parameters: Parameters) -> Films:
    return films.filter(production_countries__overlap=parameters["country"].split(","))


def _certified(films: Films, parameters: Parameters) -> Films:
    return films.filter(
        release_dates__country=parameters["certification_country"],
        release_dates__certification__in=parameters["certification"].split(","),
    )


def _of_keywords(films: Films, parameters: Parameters) -> Films:
    for keyword in parameters["keyword"].split(","):
        films = films.filter(keywords=int(keyword))
    return films


def _of_people(films: Films, parameters: Parameters) -> Films:
    for person in parameters["person"].split(","):
        films = films.filter(credits__person=int(person))
    return films


def _watched(films: Films, parameters: Parameters) -> Films:
    kinds = parameters["offer"].split(",") if "offer" in parameters else DEFAULT_OFFERS
    offered = Q()
    for kind in kinds:
        if "provider" in parameters:
            providers = [int(provider) for provider in parameters["provider"].split(",")]
            offered |= Q(**{f"watch__{kind}__overlap": providers})
        else:
            offered |= Q(**{f"watch__{kind}__len__gt": 0})
    return films.filter(offered, watch__country=parameters["region"])


def _released(films: Films, parameters: Parameters) -> Films:
    today = datetime.now(UTC).date()
    dated = films.annotate(released_on=Coalesce("release_date", _LAST_DAY))
    is_released = parameters["released"] == "true"
    return dated.filter(**{"released_on__lte" if is_released else "released_on__gt": today})


def _unseen(films: Films, viewer_id: int) -> Films:
    for seen in (
        Rating.objects.filter(user_id=viewer_id),
        Favorite.objects.filter(user_id=viewer_id),
        WatchEntry.objects.filter(user_id=viewer_id, progress__gte=WATCHED_PROGRESS),
    ):
        films = films.exclude(pk__in=seen.values("movie_id"))
    return films


_FILTERS: Mapping[str, Callable[[Films, Parameters], Films]] = {
    "genre": _of_genres,
    "genre_any": _of_any_genre,
    "language": _of_languages,
    "country": _of_countries,
    "certification": _certified,
    "keyword": _of_keywords,
    "person": _of_people,
    "region": _watched,
    "released": _released,
}
