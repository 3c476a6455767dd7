"""Which class reads the arrays of which kind of model, for models that hold others."""

from collections.abc import Mapping
from types import MappingProxyType

from services.recommender.content_profile import ContentProfile
from services.recommender.ease import EASE
from services.recommender.genre_profile import GenreProfile
from services.recommender.ials import IALS
from services.recommender.item_model import ItemModel
from services.recommender.model import Model
from services.recommender.popularity import GenrePopularity, Popularity
from services.recommender.rating_profile import RatingProfile
from services.recommender.related_films import RelatedFilms
from services.recommender.user_kernel import UserKernel
from services.recommender.user_neighbours import UserNeighbours

# Those that hold no other one; what may be held besides, the holders know themselves.
KINDS: Mapping[str, type[Model]] = MappingProxyType(
    {
        "content_profile": ContentProfile,
        "ease": EASE,
        "genre_popularity": GenrePopularity,
        "genre_profile": GenreProfile,
        "ials": IALS,
        "item_model": ItemModel,
        "popularity": Popularity,
        "rating_profile": RatingProfile,
        "related_films": RelatedFilms,
        "user_kernel": UserKernel,
        "user_neighbours": UserNeighbours,
    }
)


def kind_of(model: Model, kinds: Mapping[str, type[Model]] = KINDS) -> str:
    """Raises ValueError for a model that could not be read again."""
    for kind, known in kinds.items():
        if type(model) is known:
            return kind
    raise ValueError(f"a {type(model).__name__} is no kind of model that can be stored in another")
