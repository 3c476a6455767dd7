"""The models by name, as `manage.py evaluate` and settings know them."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from services.recommender import content_profile, ease, ials, local_ridge
from services.recommender.blend import PAIR, fit_blend
from services.recommender.cold_items import fit_cold_items
from services.recommender.genre_profile import fit_genre_profile
from services.recommender.model import Fit
from services.recommender.popularity import (
    fit_popularity,
    fit_popularity_by_genre,
    fit_popularity_recent,
)
from services.recommender.popularity_shrinkage import fit_shrunk
from services.recommender.rating_profile import fit_rating_profile
from services.recommender.related_films import fit_related_films
from services.recommender.user_kernel import fit_user_kernel
from services.recommender.user_neighbours import fit_user_neighbours

MODELS: Mapping[str, Fit] = MappingProxyType(
    {
        "popularity": fit_popularity,
        "popularity_recent": fit_popularity_recent,
        "popularity_by_genre": fit_popularity_by_genre,
        "genre_profile": fit_genre_profile,
        "rating_profile": fit_rating_profile,
        "content_profile": content_profile.fit,
        "related_films": fit_related_films,
        "user_neighbours": fit_user_neighbours,
        "ease": ease.fit,
        "local_ridge": local_ridge.fit,
        "ials": ials.fit,
        "user_kernel": fit_user_kernel,
        "pair": partial(fit_blend, settings=PAIR),
        "blend": fit_blend,
        "shrunk_blend": partial(fit_shrunk, fit=fit_blend),
        "cold_items": fit_cold_items,
    }
)
