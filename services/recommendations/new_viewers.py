"""What viewers without a list of their own read: trending and popular films in turn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from apps.movies.models import Movie
from apps.recommendations.models import LIST_LENGTH, ModelVersion, RecommendationList
from apps.recommendations.querysets import trending_movie_ids

from . import listing, model_store
from .list_settings import ListSettings

Source = RecommendationList.Source


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


def films_for_all(version: ModelVersion, settings: ListSettings) -> FilmsForAll:
    """Trending ones, and those popular by the model, or by votes where it knows none."""
    return FilmsForAll.in_turn(trending_movie_ids(), _popular(version, settings))


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
