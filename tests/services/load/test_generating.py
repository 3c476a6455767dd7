import numpy as np
import pytest

from services.load.generating import END, Load
from services.load.sizes import SIZES, LoadSize, LoadSizeError

SIZE = LoadSize("test", viewers=1_200, films=800, ratings=50_000)


@pytest.fixture(scope="module")
def load() -> Load:
    return Load.draw(SIZE, seed=7)


@pytest.fixture(scope="module")
def columns(load: Load) -> dict[str, np.ndarray]:
    blocks = list(load.blocks())
    names = ("user_ids", "movie_ids", "scores", "seconds")
    return {name: np.concatenate([getattr(block, name) for block in blocks]) for name in names}


def share_of_the_first_tenth(counts: np.ndarray) -> float:
    largest = np.sort(counts)[::-1]
    return float(largest[: largest.size // 10].sum() / largest.sum())


def test_there_are_exactly_as_many_as_asked_for_and_no_pair_twice(
    columns: dict[str, np.ndarray],
) -> None:
    pairs = columns["user_ids"] * 10_000 + columns["movie_ids"]

    assert pairs.size == np.unique(pairs).size == SIZE.ratings
    assert np.unique(columns["user_ids"]).tolist() == list(range(1, SIZE.viewers + 1))
    assert 1 <= columns["movie_ids"].min() <= columns["movie_ids"].max() <= SIZE.films


def test_few_films_and_few_viewers_have_most_of_the_ratings(
    columns: dict[str, np.ndarray],
) -> None:
    of_films = np.bincount(columns["movie_ids"], minlength=SIZE.films + 1)[1:]
    of_viewers = np.bincount(columns["user_ids"])[1:]

    # Were all alike, it would be a tenth.
    assert share_of_the_first_tenth(of_films) > 0.35
    assert share_of_the_first_tenth(of_viewers) > 0.3
    assert np.median(of_viewers) < 0.8 * of_viewers.mean()


def test_scores_are_all_there_and_moments_are_of_four_years(
    columns: dict[str, np.ndarray],
) -> None:
    assert np.unique(columns["scores"]).tolist() == list(range(1, 11))
    assert 6.5 < columns["scores"].mean() < 7.5
    assert columns["seconds"].min() >= END - 4 * 365 * 86_400
    assert columns["seconds"].max() <= END


def test_films_that_share_genres_please_the_same_viewers(load: Load) -> None:
    """What a model of content learns from."""
    tastes = load.population.tastes
    genres = [frozenset(movie.genres) for movie in load.movies()]
    alike = tastes @ tastes.T
    shared = np.array([[len(a & b) > 0 for b in genres[:300]] for a in genres[:300]])
    np.fill_diagonal(shared, val=False)

    alike = alike[:300, :300]
    assert alike[shared].mean() > 0.2
    assert alike[~shared & ~np.eye(300, dtype=bool)].mean() < 0


def test_titles_are_of_one_film_each(load: Load) -> None:
    assert len({movie.title for movie in load.movies()}) == SIZE.films


def test_another_seed_draws_other_ratings(load: Load) -> None:
    other = Load.draw(SIZE, seed=8)

    assert next(other.blocks()).movie_ids.tolist() != next(load.blocks()).movie_ids.tolist()
    assert list(other.movies()) != list(load.movies())
    assert other.name != load.name


@pytest.mark.parametrize(
    ("viewers", "films", "ratings", "reason"),
    [
        (0, 10, 10, "at least 1"),
        (100, 100, 50, "too few"),
        (10, 10, 90, "more than 30%"),
    ],
)
def test_a_size_that_cannot_be_is_refused(
    viewers: int, films: int, ratings: int, reason: str
) -> None:
    with pytest.raises(LoadSizeError, match=reason):
        Load.draw(LoadSize("odd", viewers, films, ratings), seed=1)


@pytest.mark.parametrize("name", SIZES)
def test_each_named_size_can_be_drawn(name: str) -> None:
    size = SIZES[name]

    assert Load.draw(size, seed=1).population.histories.sum(dtype=np.int64) == size.ratings
