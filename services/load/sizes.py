"""Loads of named sizes: how many viewers have how many ratings of how many films."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoadSize:
    name: str
    viewers: int
    films: int
    ratings: int

    def __str__(self) -> str:
        return f"{self.viewers:,} viewers, {self.films:,} films, {self.ratings:,} ratings"


# Those called ml-… are as large as the MovieLens set of that name.
SIZES = {
    size.name: size
    for size in (
        LoadSize("tiny", viewers=100, films=500, ratings=5_000),
        LoadSize("small", viewers=600, films=5_000, ratings=100_000),
        LoadSize("ml-1m", viewers=6_040, films=3_700, ratings=1_000_000),
        LoadSize("medium", viewers=36_000, films=12_000, ratings=5_000_000),
        LoadSize("ml-20m", viewers=138_000, films=27_000, ratings=20_000_000),
    )
}
# Nobody rates more than about half of the films, and few rate nearly as many.
FULLEST = 0.3


class LoadSizeError(Exception):
    """No such load can be drawn."""


def check(size: LoadSize) -> LoadSize:
    """Raises LoadSizeError where viewers would have to rate nothing, or nearly every film."""
    if min(size.viewers, size.films, size.ratings) < 1:
        raise LoadSizeError("viewers, films and ratings are at least 1")
    if size.ratings < size.viewers:
        raise LoadSizeError(f"{size.ratings:,} ratings are too few for {size.viewers:,} viewers")
    if size.ratings > FULLEST * size.viewers * size.films:
        raise LoadSizeError(
            f"{size.ratings:,} ratings are more than {FULLEST:.0%} of what {size.viewers:,} "
            f"viewers and {size.films:,} films allow"
        )
    return size
