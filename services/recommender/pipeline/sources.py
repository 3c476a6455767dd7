"""Why a film is in a list."""

from enum import IntEnum


class Source(IntEnum):
    """The numbers are stored as they are; 3 stands for trending films, which no pipeline lists."""

    PERSONAL = 1
    SIMILAR = 2
    POPULAR = 4
    EXPLORED = 5


# Taste speaks for the film, as others with that taste tell, or as its facts do.
BACKED = (Source.PERSONAL, Source.SIMILAR)
