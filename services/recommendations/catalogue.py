"""The catalogue's facts as the recommender reads them, and the content model made of them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from django.db.models import Q

from apps.movies.models import Credit, Movie, RelatedTitles
from services.recommender.arrays import IntArray
from services.recommender.catalogue import Catalogue, Features
from services.recommender.content_profile import ContentProfileSettings, fit_content_profile
from services.recommender.pipeline.films import Films
from services.recommender.served_model import ServedModel

# The content model compares every film with every other; the most popular ones take part.
MAX_MOVIES = 20_000
# Films whose features or related titles one query reads: at some 30 rows a film, 60,000 rows.
_PER_QUERY = 2_000
# As many as the index of leading credits holds.
_LEADING_CAST = 5
_YEARS_PER_DECADE = 10

MovieRow = tuple[int, int | None, int | None, str, int, float | None]
_COLUMNS = ("pk", "tmdb_id", "year", "original_language", "vote_count", "vote_average")


def fit_content_model(ratings: Mapping[int, int]) -> ServedModel:
    """A model for a platform with too few ratings to learn from; so many has each film."""
    catalogue = read_catalogue()
    item_ids = catalogue.item_ids
    rated = [ratings.get(movie_id, 0) for movie_id in item_ids.tolist()]
    popularity = np.log1p(catalogue.vote_counts + rated).astype(np.float32)
    model = fit_content_profile(
        item_ids, catalogue.features, popularity=popularity, settings=ContentProfileSettings()
    )
    films = Films.of_catalogue(catalogue, events=np.asarray(rated, np.int32), popularity=popularity)
    return ServedModel.of_content(model, films)


def read_catalogue(*, limit: int = MAX_MOVIES) -> Catalogue:
    """The `limit` most popular films that may be shown; `related` are those among them."""
    return _catalogue(list(Movie.objects.listed().by_popularity().values_list(*_COLUMNS)[:limit]))


def read_catalogue_of(movie_ids: IntArray) -> Catalogue:
    """Exactly these films, ascending, whether they may be shown or not; `related` among them."""
    films: list[MovieRow] = []
    for some in parts(movie_ids.tolist()):
        films.extend(Movie.objects.filter(pk__in=some).values_list(*_COLUMNS))
    return _catalogue(films).on_items(movie_ids)


def parts(movie_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Few enough films at once for one query to read all about them."""
    return (movie_ids[start : start + _PER_QUERY] for start in range(0, len(movie_ids), _PER_QUERY))


def _catalogue(rows: Sequence[MovieRow]) -> Catalogue:
    films = sorted(rows)
    movie_ids = [pk for pk, *_ in films]
    features = _read_features(movie_ids)
    for movie_id, _, year, language, _, _ in films:
        features[movie_id].update(_plain_features(year, language))
    return Catalogue(
        item_ids=np.asarray(movie_ids, np.int64),
        features=[Features(features[movie_id]) for movie_id in movie_ids],
        vote_counts=np.asarray([votes for *_, votes, _ in films], np.float32),
        vote_averages=np.asarray([average or 0 for *_, average in films], np.float32),
        years=np.asarray([year or 0 for _, _, year, *_ in films], np.int32),
        related=_read_related({tmdb_id: pk for pk, tmdb_id, *_ in films if tmdb_id}, movie_ids),
    )


def _plain_features(year: int | None, language: str) -> Iterator[str]:
    if year:
        yield f"decade:{year // _YEARS_PER_DECADE * _YEARS_PER_DECADE}"
    if language:
        yield f"language:{language}"


def _read_features(movie_ids: Sequence[int]) -> dict[int, set[str]]:
    """What films share: genres by slug, all else by TMDb's ids, which no other name has."""
    features: dict[int, set[str]] = defaultdict(set)
    for some in parts(movie_ids):
        for group, rows in _shared(some):
            for movie_id, value in rows:
                features[movie_id].add(f"{group}:{value}")
    return features


def _shared(movie_ids: Sequence[int]) -> Iterator[tuple[str, Iterable[tuple[int, Any]]]]:
    """Pairs of a film and a value, group by group."""
    for group, links, value in (
        ("genre", Movie.genres.through, "genre__slug"),
        ("keyword", Movie.keywords.through, "keyword_id"),
        ("company", Movie.companies.through, "company_id"),
    ):
        rows = links.objects.filter(movie_id__in=movie_ids)
        yield group, rows.values_list("movie_id", value)
    for group, condition in (
        ("cast", Q(is_cast=True, position__lt=_LEADING_CAST)),
        ("director", Q(is_cast=False, job="Director")),
    ):
        credits_ = Credit.objects.filter(condition, movie_id__in=movie_ids)
        yield group, credits_.values_list("movie_id", "person_id")


def _read_related(
    movie_ids_by_tmdb_id: dict[int, int], movie_ids: Sequence[int]
) -> dict[int, list[int]]:
    related: dict[int, list[int]] = {}
    for some in parts(movie_ids):
        lists = RelatedTitles.objects.filter(pk__in=some)
        for movie_id, tmdb_ids in lists.values_list("pk", "recommended_tmdb_ids"):
            known = (movie_ids_by_tmdb_id.get(tmdb_id) for tmdb_id in tmdb_ids)
            related[movie_id] = [other for other in known if other]
    return {movie_id: others for movie_id, others in related.items() if others}
