"""TMDb's ranked lists as they were last fetched; without one, an order of our own."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, TextChoices

from .models import ListEntry, ListName, ListState, Movie
from .querysets import MovieQuerySet

# Fewer votes say little about a film's quality. TMDb's own list asks for as many.
FEWEST_VOTES = 200
IN_CINEMAS = timedelta(days=42)
AHEAD = timedelta(days=365)


class Source(TextChoices):
    """Whose order a list has."""

    TMDB = "tmdb"
    CATALOGUE = "catalogue"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Ranking:
    """Films that may be shown, best first, and who says so."""

    films: MovieQuerySet
    source: Source
    fetched_at: datetime | None = None


def read_list(name: ListName, *, today: date, include_adult: bool = False) -> Ranking:
    listed = Movie.objects.listed(include_adult=include_adult)
    fetched_at = _fetched_at(name, listed)
    if fetched_at is None:
        return Ranking(_own_order(name, listed, today=today), Source.CATALOGUE)
    films = listed.filter(list_entries__list=name)
    return Ranking(films.order_by("list_entries__rank"), Source.TMDB, fetched_at)


def _fetched_at(name: ListName, listed: MovieQuerySet) -> datetime | None:
    """When a list was stored that has films to show."""
    shown = ListEntry.objects.filter(list=OuterRef("list"), movie__in=listed.values("pk"))
    stored = ListState.objects.filter(Exists(shown), list=name)
    return stored.values_list("fetched_at", flat=True).first()


def _own_order(name: ListName, films: MovieQuerySet, *, today: date) -> MovieQuerySet:
    if name is ListName.TOP_RATED:
        return _best_rated(films)
    if name is ListName.NOW_PLAYING:
        films = films.filter(release_date__range=(today - IN_CINEMAS, today))
    if name is ListName.UPCOMING:
        films = films.filter(release_date__gt=today, release_date__lte=today + AHEAD)
    return films.by_popularity()


def _best_rated(films: MovieQuerySet) -> MovieQuerySet:
    well_known = films.filter(vote_count__gte=FEWEST_VOTES, vote_average__isnull=False)
    if not well_known.exists():
        return films.by_popularity()
    return well_known.order_by("-vote_average", "-vote_count", "pk")
