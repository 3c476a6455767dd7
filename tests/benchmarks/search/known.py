"""Queries of which a person would say what has to come first, among the real films.

The films of a person are those of which the catalogue tells it; it tells nobody's crew of most.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """Any of the films `tmdb_ids` is right as the first."""

    query: str
    meant: str
    tmdb_ids: tuple[int, ...]


RINGS = (120, 121, 122)
CARIBBEAN = (22, 58, 285, 1865, 166426)
SPIDER_MEN = (557, 558, 559, 315635, 429617, 634649, 324857, 569094)
APES = (871, 869, 61791, 119450, 281338, 653346, 1685, 1687, 1688, 1705)
DIRECTED_BY_TARANTINO = (680, 68718, 16869, 24, 500, 273248, 466272, 187, 184, 1991)
DIRECTED_BY_FINCHER = (550, 807, 210577, 4922, 37799, 1949, 65754, 2649, 4547, 800158)
WITH_KEANU_REEVES = (
    *(603, 245891, 324552, 604, 458156, 605, 301528, 603692, 561, 1637, 1813, 6114, 64686),
    *(401104, 1089, 10200, 263472, 400160, 2044, 1648, 3509, 6964, 55931, 539681, 1266, 1921),
    *(9886, 1649, 2046, 859, 468, 342521, 12123, 9560, 10393, 76544, 331962, 10685, 20857, 1689),
    *(53172, 110354, 21309, 1546, 4475, 12656, 24914, 17796, 34444, 38966),
)

_MISSPELT = (
    Known("matrx", "The Matrix", (603,)),
    Known("spirted away", "Spirited Away", (129,)),
    Known("godfahter", "The Godfather", (238,)),
    Known("shawshenk redemption", "The Shawshank Redemption", (278,)),
    Known("forest gump", "Forrest Gump", (13,)),
    Known("inceptoin", "Inception", (27205,)),
    Known("schindlers list", "Schindler's List", (424,)),
    Known("termnator 2", "Terminator 2: Judgment Day", (280,)),
)
_ACCENTS_AND_ORIGINALS = (
    Known("amelie", "Amélie", (194,)),
    Known("leon", "Léon: The Professional", (101,)),
    Known("le fabuleux destin", "Amélie", (194,)),
    Known("la vita e bella", "Life Is Beautiful", (637,)),
    Known("千と千尋", "Spirited Away", (129,)),
)
_ACRONYMS = (
    Known("lotr", "The Lord of the Rings", RINGS),
    Known("esotsm", "Eternal Sunshine of the Spotless Mind", (38,)),
    Known("potc", "Pirates of the Caribbean", CARIBBEAN),
    Known("bttf", "Back to the Future", (105,)),
)
_SPELLINGS = (
    Known("se7en", "Se7en", (807,)),
    Known("walle", "WALL·E", (10681,)),
    Known("wall e", "WALL·E", (10681,)),
    Known("spiderman", "Spider-Man", SPIDER_MEN),
    Known("starwars", "Star Wars", (11,)),
    Known("mash", "M*A*S*H", (651,)),
    Known("oceans eleven", "Ocean's Eleven", (161,)),
)
_PARTS = (
    Known("fellowship of the ring", "The Lord of the Rings: The Fellowship of the Ring", (120,)),
    Known("lord of the rings", "The Lord of the Rings", RINGS),
    Known("planet apes", "Planet of the Apes", APES),
    Known("harry potter goblet", "Harry Potter and the Goblet of Fire", (674,)),
)
_PEOPLE = (
    Known("tarentino", "a film by Quentin Tarantino", DIRECTED_BY_TARANTINO),
    Known("david fincher", "a film by David Fincher", DIRECTED_BY_FINCHER),
    Known("keanu reeves", "a film with Keanu Reeves", WITH_KEANU_REEVES),
    Known("matrix keanu", "The Matrix", (603,)),
)
_YEARS_AND_NUMBERS = (
    Known("dune 2021", "Dune", (438631,)),
    Known("godfather 2", "The Godfather Part II", (240,)),
    Known("2001 space", "2001: A Space Odyssey", (62,)),
)
_FREQUENT_WORDS = (
    Known("up", "Up", (14160,)),
    Known("it", "It", (346364,)),
    Known("her", "Her", (152601,)),
    Known("the thing", "The Thing", (1091,)),
    Known("alien", "Alien", (348,)),
)
KNOWN = (
    *(*_MISSPELT, *_ACCENTS_AND_ORIGINALS, *_ACRONYMS, *_SPELLINGS, *_PARTS, *_PEOPLE),
    *(*_YEARS_AND_NUMBERS, *_FREQUENT_WORDS),
)
