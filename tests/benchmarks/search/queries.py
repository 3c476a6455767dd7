"""What is asked: titles as they are, titles with a typing error, and frequent words."""

import random
import re
import string
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

import psycopg2

EXACT, TYPO, FREQUENT = "exact title", "title with a typo", "frequent words"
KINDS = (EXACT, TYPO, FREQUENT)
# The API refuses others.
SHORTEST, LONGEST = 2, 100
# Some titles are too long, or have no word in which to make an error.
DRAWN_FOR_EACH = 2
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """`movie_id` and `title` are of the film that is meant, if one is.

    Where only its id is told, the film itself is looked for rather than its title.
    """

    kind: str
    text: str
    movie_id: int | None = None
    title: str | None = None


def draw(
    database_url: str, *, films: int, frequent: Sequence[str], count: int, seed: int
) -> list[Query]:
    """A third of each kind, in any order."""
    rng = random.Random(seed)
    each = count // len(KINDS)
    with_title = count - each
    titles = _titles(database_url, rng.sample(range(1, films + 1), DRAWN_FOR_EACH * with_title))
    exact = _about_films(EXACT, titles[: len(titles) // 2], lambda title: title)
    typo = _about_films(TYPO, titles[len(titles) // 2 :], lambda title: mistyped(title, rng))
    words = [
        Query(kind=FREQUENT, text=" ".join(rng.sample(frequent, rng.choice((1, 2)))))
        for _ in range(DRAWN_FOR_EACH * each)
    ]
    words = [query for query in words if is_asked(query.text)]
    queries = exact[: with_title - each] + typo[:each] + words[:each]
    rng.shuffle(queries)
    return queries


def is_asked(text: str) -> bool:
    return len(text.strip()) >= SHORTEST and len(text) <= LONGEST


def mistyped(title: str, rng: random.Random) -> str | None:
    """With one error in one word of several letters, if it has such a word."""
    words = list(_LONG_WORD.finditer(title))
    if not words:
        return None
    word = rng.choice(words)
    while True:
        other = rng.choice(_ERRORS)(word[0], rng.randrange(len(word[0]) - 1), rng)
        if other.casefold() != word[0].casefold():
            return title[: word.start()] + other + title[word.end() :]


def _dropped(word: str, place: int, _: random.Random) -> str:
    return word[:place] + word[place + 1 :]


def _doubled(word: str, place: int, _: random.Random) -> str:
    return word[: place + 1] + word[place:]


def _swapped(word: str, place: int, _: random.Random) -> str:
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _replaced(word: str, place: int, rng: random.Random) -> str:
    return word[:place] + rng.choice(string.ascii_lowercase) + word[place + 1 :]


def _inserted(word: str, place: int, rng: random.Random) -> str:
    return word[:place] + rng.choice(string.ascii_lowercase) + word[place:]


_ERRORS = (_dropped, _doubled, _swapped, _replaced, _inserted)


def _about_films(
    kind: str, titles: Sequence[tuple[int, str]], change: Callable[[str], str | None]
) -> list[Query]:
    changed = ((movie, title, change(title)) for movie, title in titles)
    return [
        Query(kind=kind, text=text, movie_id=movie, title=title)
        for movie, title, text in changed
        if text and is_asked(text)
    ]


def _titles(database_url: str, ids: Sequence[int]) -> list[tuple[int, str]]:
    """In the order of the ids, which were drawn."""
    query = "SELECT id, title FROM movies_movie WHERE id = ANY (%s)"
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(query, [list(ids)])
        titles = dict(cursor.fetchall())
    return [(movie, titles[movie]) for movie in ids]
