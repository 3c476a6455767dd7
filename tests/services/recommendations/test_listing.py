"""Lists as the pipeline makes them, with the settings that their generation keeps."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from apps.favorites import actions
from apps.favorites.models import Taste
from apps.movies.models import Movie
from apps.recommendations.models import Generation, ModelVersion, RecommendationList
from apps.users.models import User
from services.recommendations import listing
from services.recommendations.hidden import read_hidden
from services.recommendations.list_settings import ListSettings
from services.recommendations.loading import EVERYONE, read_histories, read_history, read_revisions
from services.recommendations.refreshing import Outcome, refresh_user
from services.recommender.pipeline.ranking import BLOCK
from services.recommender.pipeline.settings import PipelineSettings
from services.recommender.recency import RecencySettings
from tests.factories import make_favorite, make_genre, make_not_interested, make_rating, make_user

from .conftest import NOON, FakeClock, build_generation, make_ready_model, neighbours_model

pytestmark = pytest.mark.django_db

Source = RecommendationList.Source

SHIPPED = ListSettings(PipelineSettings(), RecencySettings(half_life=None))


def newest_list(user: User) -> RecommendationList:
    row = RecommendationList.objects.for_user(user).newest().first()
    assert row is not None
    return row


def rated(films: list[Movie], *scores: int) -> User:
    user = make_user()
    for film, score in zip(films, scores, strict=False):
        actions.rate_movie(user=user, movie_id=film.pk, score=score, at=NOON)
    return user


def test_what_was_not_liked_speaks_for_a_film_without_being_named(films: list[Movie]) -> None:
    viewer = rated(films, 9, 3)
    settings = ListSettings(PipelineSettings(shrinkage=0), SHIPPED.recency)

    (draft,) = listing.make_lists(
        neighbours_model(films),
        settings,
        read_histories(EVERYONE),
        read_hidden(EVERYONE, neighbours_model(films)),
        {viewer.pk: 7},
    )

    columns = {name: column.tolist() for name, column in draft.columns.items()}
    place = columns["movie_ids"].index(films[2].pk)
    assert (draft.user_id, draft.revision) == (viewer.pk, 7)
    assert columns["sources"][place] == Source.PERSONAL
    assert columns["because_movie_ids"][2 * place : 2 * place + 2] == [0, 0]
    assert films[0].pk not in columns["movie_ids"]


def test_a_share_is_part_of_all_that_speaks_for_a_film(films: list[Movie]) -> None:
    liked = films[:1]
    viewer = rated(liked, 9)

    (draft,) = listing.make_lists(
        neighbours_model(films),
        SHIPPED,
        read_history(viewer.pk),
        read_hidden(EVERYONE, neighbours_model(films)),
        {},
    )

    assert draft.columns["movie_ids"][0] == films[1].pk
    assert draft.columns["because_movie_ids"][:2].tolist() == [films[0].pk, 0]
    assert draft.columns["because_shares"][:2].tolist() == [1000, 0]


def test_more_viewers_than_a_block_each_get_the_list_they_get_alone(films: list[Movie]) -> None:
    model, drama = neighbours_model(films), make_genre("Drama")
    films[3].genres.set([drama])
    viewers = [make_user() for _ in range(BLOCK + 2)]
    for number, viewer in enumerate(viewers):
        make_rating(user=viewer, movie=films[number % 6], score=number % 10 + 1)
    make_not_interested(user=viewers[-1], genre=drama)

    together = listing.make_lists(
        model,
        SHIPPED,
        read_histories(EVERYONE),
        read_hidden(EVERYONE, model),
        read_revisions(EVERYONE),
    )

    drafts = {draft.user_id: draft for draft in together}
    assert [*drafts] == [viewer.pk for viewer in viewers]
    for viewer in (viewers[0], viewers[BLOCK - 1], viewers[BLOCK], viewers[-1]):
        (alone,) = listing.make_lists(
            model, SHIPPED, read_history(viewer.pk), read_hidden(EVERYONE, model), {}
        )
        for name, column in alone.columns.items():
            assert drafts[viewer.pk].columns[name].tolist() == column.tolist()
    assert films[3].pk not in drafts[viewers[-1].pk].columns["movie_ids"]


def test_the_oldest_events_of_a_viewer_fade_against_the_newest(films: list[Movie]) -> None:
    viewer = make_user()
    make_rating(user=viewer, movie=films[0], score=9, rated_at=NOON - timedelta(days=100))
    make_rating(user=viewer, movie=films[1], score=9, rated_at=NOON - timedelta(days=300))
    favorite = make_favorite(user=viewer, movie=films[2])
    type(favorite).objects.update(created_at=NOON)

    histories = read_history(viewer.pk)
    viewers = histories.viewers(neighbours_model(films).item_ids, RecencySettings(100, floor=0))

    assert histories.ages.tolist() == [100, 300, 0]
    assert viewers.grades.data.tolist() == [9, 9, 10]
    assert viewers.decay is not None
    assert viewers.decay.tolist() == [0.5, 0.125, 1]


def test_a_list_keeps_how_probable_its_first_places_were(
    films: list[Movie], clock: FakeClock, settings: Settings
) -> None:
    settings.RECOMMENDER_PIPELINE = {"exploration_places": [1], "exploration_rate": 1}
    viewer = rated(films, 9)

    build_generation(make_ready_model(films), clock)

    stored = newest_list(viewer)
    assert len(stored.movie_ids) == 5
    assert stored.sources[1] == Source.EXPLORED
    assert stored.because_movie_ids[2:4] == [0, 0]
    assert len(stored.propensities) == 2
    assert stored.propensities[0] == 1
    assert 0 < stored.propensities[1] < 1


def test_a_refresh_uses_the_settings_that_the_generation_was_built_with(
    films: list[Movie], clock: FakeClock, settings: Settings
) -> None:
    settings.RECOMMENDER_PIPELINE = {"limit": 2}
    viewer = rated(films, 9)
    generation = build_generation(make_ready_model(films), clock)
    settings.RECOMMENDER_PIPELINE = {"limit": 3}
    Taste.objects.update(listed_revision=0)
    clock.advance(seconds=5)

    assert refresh_user(user_id=viewer.pk, clock=clock).outcome is Outcome.BUILT

    assert (generation.pipeline["limit"], generation.pipeline["this_year"]) == (2, NOON.year)
    assert len(generation.popular_movie_ids) == 2
    assert [len(row.movie_ids) for row in RecommendationList.objects.all()] == [2, 2]


def test_nothing_is_added_to_lists_of_a_model_that_cannot_be_opened(
    published: Generation, viewer: User, clock: FakeClock
) -> None:
    ModelVersion.objects.update(state=ModelVersion.State.FAILED)

    assert refresh_user(user_id=viewer.pk, clock=clock).outcome is Outcome.NO_GENERATION


def test_what_is_popular_leaves_nothing_to_chance(films: list[Movie]) -> None:
    always = ListSettings(
        PipelineSettings(exploration_rate=1, exploration_places=(0, 1, 2)), SHIPPED.recency
    )

    assert listing.popular(neighbours_model(films), always) == [film.pk for film in films]
