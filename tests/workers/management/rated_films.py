"""A small set of ratings with two tastes, as files."""

from pathlib import Path

from numpy.random import default_rng

GENRES = ("Drama|Romance", "Action|Sci-Fi")


def write_tastes(folder: Path) -> Path:
    """ratings.csv and movies.csv of 80 viewers: who likes some films of a half likes others of it.

    Every viewer also has two films that they disliked.
    """
    rng = default_rng(0)
    lines = ["userId,movieId,rating,timestamp"]
    for user in range(1, 81):
        liked, others = _halves(user)
        films = rng.choice(liked, 12, replace=False)
        low = rng.choice(others, 2, replace=False)
        stars = [*rng.choice([4, 4.5, 5], films.size), *([1.5] * low.size)]
        moments = 964_982_703 + rng.integers(0, 1_000_000, films.size + low.size)
        rows = zip([*films, *low], stars, moments, strict=True)
        lines += [f"{user},{film},{rating},{moment}" for film, rating, moment in rows]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ratings.csv").write_text("\n".join(lines) + "\n")
    _write_movies(folder / "movies.csv")
    return folder


def _halves(user: int) -> tuple[range, range]:
    halves = range(1, 31), range(31, 61)
    return halves if user % 2 else halves[::-1]


def _write_movies(file: Path) -> None:
    rows = [f"{film},Film {film} (1995),{GENRES[film > 30]}" for film in range(1, 61)]
    file.write_text("\n".join(["movieId,title,genres", *rows]) + "\n")
