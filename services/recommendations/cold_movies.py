"""Films that nobody rated and a blend is carried to: which they are, and what is known of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from math import log2

import numpy as np

from apps.movies.models import Movie, RelatedTitles
from services.recommender.arrays import IntArray
from services.recommender.catalogue import Catalogue

from .catalogue import parts, read_catalogue_of

# Each film more costs every list its score: what these cost stands in docs/BENCHMARKS.md.
MAX_COLD_MOVIES = 5_000


def read_catalogue_around(rated: IntArray, *, limit: int = MAX_COLD_MOVIES) -> Catalogue:
    """The rated films, and at most `limit` others that lists may hold.

    Half of them are those that TMDb recommends most with the rated ones, the rest the most popular.
    """
    known = set(rated.tolist())
    recommended = _recommended(known, limit // 2)
    popular = _popular(known.union(recommended), limit - len(recommended))
    others = np.array([*recommended, *popular], np.int64)
    return read_catalogue_of(np.union1d(rated, others))


def _popular(known: Collection[int], limit: int) -> list[int]:
    """The most popular films that may be shown and are not known."""
    films = Movie.objects.listed().by_popularity().values_list("pk", flat=True)
    return _unknown(films[: limit + len(known)], known, limit)


def _recommended(known: Collection[int], limit: int) -> list[int]:
    """The films that TMDb's recommendations lead to most from the known ones."""
    tmdb_ids = _tmdb_ids_recommended(sorted(known))
    found: list[int] = []
    for some in parts(tmdb_ids):
        if len(found) >= limit:
            break
        listed = Movie.objects.listed().filter(tmdb_id__in=some).values_list("tmdb_id", "pk")
        by_tmdb_id = dict(listed)
        ordered = (by_tmdb_id[tmdb_id] for tmdb_id in some if tmdb_id in by_tmdb_id)
        found.extend(_unknown(ordered, known, limit - len(found)))
    return found


def _tmdb_ids_recommended(movie_ids: Sequence[int]) -> list[int]:
    """Those in the lists of these films, what most and highest places speak for first."""
    weights: dict[int, float] = defaultdict(float)
    for some in parts(movie_ids):
        lists = RelatedTitles.objects.filter(pk__in=some).order_by("pk")
        for tmdb_ids in lists.values_list("recommended_tmdb_ids", flat=True):
            for rank, tmdb_id in enumerate(tmdb_ids):
                weights[tmdb_id] += 1 / log2(rank + 2)
    return sorted(weights, key=lambda tmdb_id: (-weights[tmdb_id], tmdb_id))


def _unknown(movie_ids: Iterable[int], known: Collection[int], limit: int) -> list[int]:
    return list(islice((pk for pk in movie_ids if pk not in known), limit))
