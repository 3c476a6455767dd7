"""A small platform whose viewers have tastes in common, so that a model can learn them."""

from datetime import timedelta

from numpy.random import default_rng

from apps.favorites.models import Rating
from apps.movies.models import Movie
from apps.recommendations.models import ModelVersion
from apps.users.models import User
from services.recommendations import training_data
from tests.factories import make_movie, make_user

from .conftest import NOON

TASTES, FILMS_OF_A_TASTE = 4, 16
LIKED, DISLIKED = 12, 6


def add_viewers(count: int, *, origin: User.Origin = User.Origin.REGISTERED) -> list[User]:
    """Each likes most films of one taste, and dislikes some of the others."""
    films = [[make_movie() for _ in range(FILMS_OF_A_TASTE)] for _ in range(TASTES)]
    viewers = [make_user(password=None, origin=origin) for _ in range(count)]
    for number, viewer in enumerate(viewers):
        add_ratings(viewer, films, number)
    return viewers


def add_ratings(viewer: User, films: list[list[Movie]], number: int) -> None:
    """One every quarter of an hour; each viewer begins an hour after the one before."""
    rng = default_rng(number)
    own = films[number % TASTES]
    others = [film for taste in films if taste is not own for film in taste]
    liked = [(own[place], 9) for place in rng.permutation(len(own))[:LIKED]]
    disliked = [(others[place], 3) for place in rng.permutation(len(others))[:DISLIKED]]
    events = liked + disliked
    Rating.objects.bulk_create(
        Rating(
            user=viewer,
            movie=events[place][0],
            score=events[place][1],
            rated_at=NOON + timedelta(hours=number, minutes=15 * moment),
        )
        for moment, place in enumerate(rng.permutation(len(events)))
    )


def make_trained_version() -> ModelVersion:
    """A version as it is after a training on all that there is now."""
    found = training_data.survey(max_items=1_000)
    return ModelVersion.objects.create(
        kind="local_ridge",
        state=ModelVersion.State.READY,
        phase=ModelVersion.Phase.DONE,
        simulated_user_count=int(found.census.simulated.sum()),
        highest_rating_id=found.watermarks.rating_id,
        highest_favorite_id=found.watermarks.favorite_id,
    )
