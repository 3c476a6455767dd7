"""What viewers without a list of their own read: trending and popular films in turn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from apps.movies.models import ListName, Movie
from apps.movies.rankings import Source as RankedBy
from apps.movies.rankings import read_list
from apps.recommendations.models import LIST_LENGTH, ModelVersion, RecommendationList
from services.leasing import Clock

from . import listing, model_store
from .list_settings import ListSettings

Source = RecommendationList.Source

# As many as TMDb shows on the first page of a list.
MOST_TRENDING = 20


@dataclass(frozen=True)
class FilmsForAll:
    """Films in their order, and in step with them where each comes from."""

    movie_ids: list[int]
    sources: list[int]

    @classmethod
    def in_turn(cls, trending: Sequence[int], popular: Sequence[int]) -> "FilmsForAll":
        """Trending first; each film once, by the source that it came up under first."""
        labelled = _in_turn(
            ((pk, Source.TRENDING) for pk in trending), ((pk, Source.POPULAR) for pk in popular)
        )
        sources: dict[int, int] = {}
        for movie_id, source in labelled:
            sources.setdefault(movie_id, int(source))
        return cls([*sources][:LIST_LENGTH], [*sources.values()][:LIST_LENGTH])


def films_for_all(version: ModelVersion, settings: ListSettings, clock: Clock) -> FilmsForAll:
    """By the model's popularity, or the catalogue's where it knows none; no trend, no trending."""
    ranking = read_list(ListName.TRENDING_DAY, today=clock().date())
    trending = ranking.films if ranking.source is RankedBy.TMDB else Movie.objects.none()
    return FilmsForAll.in_turn(
        list(trending.values_list("pk", flat=True)[:MOST_TRENDING]), _popular(version, settings)
    )


def _popular(version: ModelVersion, settings: ListSettings) -> list[int]:
    model = model_store.open_model(version)
    films = Movie.objects.listed()
    if model.films.popularity.any():
        films = films.in_order_of("id", listing.popular(model, settings))
    else:
        films = films.by_popularity()
    return list(films.values_list("pk", flat=True)[:LIST_LENGTH])


def _in_turn(
    first: Iterable[tuple[int, Source]], second: Iterable[tuple[int, Source]]
) -> Iterable[tuple[int, Source]]:
    pairs = chain.from_iterable(zip_longest(first, second))
    return (pair for pair in pairs if pair is not None)
