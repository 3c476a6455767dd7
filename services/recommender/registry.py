"""The models by name, as `manage.py evaluate` and settings know them."""

from collections.abc import Mapping
from types import MappingProxyType

from services.recommender import ease, ials, local_ridge
from services.recommender.model import Fit
from services.recommender.popularity import (
    fit_popularity,
    fit_popularity_by_genre,
    fit_popularity_recent,
)
from services.recommender.user_kernel import fit_user_kernel
from services.recommender.user_neighbours import fit_user_neighbours

MODELS: Mapping[str, Fit] = MappingProxyType(
    {
        "popularity": fit_popularity,
        "popularity_recent": fit_popularity_recent,
        "popularity_by_genre": fit_popularity_by_genre,
        "user_neighbours": fit_user_neighbours,
        "ease": ease.fit,
        "local_ridge": local_ridge.fit,
        "ials": ials.fit,
        "user_kernel": fit_user_kernel,
    }
)
