"""What pages of recommendations should show, in plain Python: what the property test compares with.

A walk is what one client sees that follows `next`, from the first page to the last.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

WATCHED = 80


@dataclass(slots=True)
class Film:
    id: int
    genre_ids: frozenset[int]
    person_ids: frozenset[int]
    year: int
    votes: int
    # Why nobody may be shown it: "tombstoned", "adult", or nothing.
    gone: str = ""

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands among the popular films."""
        return (-self.votes, self.id)


@dataclass(slots=True)
class Tastes:
    """The rows of one viewer, by kind and subject; several viewings of a film are several rows."""

    rows: dict[tuple[str, str, int], int] = field(default_factory=dict)
    viewings: dict[int, tuple[int, int]] = field(default_factory=dict)

    def has_seen(self, film: Film) -> bool:
        return (
            ("ratings", "movie", film.id) in self.rows
            or ("favorites", "movie", film.id) in self.rows
            or (film.id, True) in {(of, share >= WATCHED) for of, share in self.viewings.values()}
        )

    def hides(self, film: Film) -> bool:
        subjects = {
            ("movie", film.id),
            *(("genre", genre_id) for genre_id in film.genre_ids),
            *(("person", person_id) for person_id in film.person_ids),
        }
        return any(("not-interested", *subject) in self.rows for subject in subjects)


@dataclass(frozen=True, slots=True)
class Wishes:
    """The filters of a request; the exact meaning of each is tested elsewhere."""

    genre_id: int | None = None
    year_min: int | None = None
    excluded: frozenset[int] = frozenset()
    include_seen: bool = False

    def fit(self, film: Film) -> bool:
        return (
            film.id not in self.excluded
            and (self.genre_id is None or self.genre_id in film.genre_ids)
            and (self.year_min is None or film.year >= self.year_min)
        )

    def parameters(self) -> dict[str, str]:
        named = {
            "genre": str(self.genre_id or ""),
            "year_min": str(self.year_min or ""),
            "exclude": ",".join(map(str, sorted(self.excluded))),
            "include_seen": "true" if self.include_seen else "",
        }
        return {name: value for name, value in named.items() if value}


@dataclass(slots=True)
class Stored:
    """A list that cursors lead through: a viewer's own, or what a generation has for all."""

    kind: str
    id: int
    movie_ids: tuple[int, ...] = ()
    # None while it is the newest of its viewer in its generation; the first of those after it.
    replaced_at: datetime | None = None


@dataclass(slots=True)
class Page:
    of_list: list[int]
    popular: list[int]
    has_next: bool


@dataclass(slots=True)
class Walk:
    """`offset` and `after` say what was passed: of the list, and of the popular films."""

    viewer: int
    origin: Stored
    limit: int
    wishes: Wishes
    link: str | None = None
    offset: int = 0
    after: tuple[int, int] | None = None
    of_list: list[int] = field(default_factory=list)
    popular: list[int] = field(default_factory=list)
    # Films that the viewer might have been shown at each moment of the walk; None before the first.
    steady: set[int] | None = None
    # Films whose place among the popular ones changed meanwhile, of which nothing is promised.
    moved: set[int] = field(default_factory=set)

    def page(self, films: dict[int, Film], tastes: Tastes) -> Page:
        """What the next one shows: the list's films from the offset on, then popular ones."""
        rest = self.origin.movie_ids[self.offset :]
        of_list = [each for each in rest if self.may_show(films[each], tastes)][: self.limit]
        wanted = self.limit - len(of_list)
        if not wanted:
            return Page(of_list, [], has_next=True)
        further = self._popular(films, tastes)
        return Page(of_list, further[:wanted], has_next=len(further) > wanted)

    def may_show(self, film: Film, tastes: Tastes) -> bool:
        is_new = self.wishes.include_seen or not tastes.has_seen(film)
        return not film.gone and is_new and not tastes.hides(film) and self.wishes.fit(film)

    def turn(self, page: Page, films: dict[int, Film]) -> None:
        """Note what a page showed."""
        self.of_list += page.of_list
        self.popular += page.popular
        if len(page.of_list) == self.limit:
            self.offset = self.origin.movie_ids.index(page.of_list[-1]) + 1
        else:
            self.offset = len(self.origin.movie_ids)
        if page.popular:
            self.after = films[page.popular[-1]].place

    def look(self, films: Iterable[Film], tastes: Tastes) -> None:
        """Take away what may not be shown at this moment."""
        shown = {film.id for film in films if self.may_show(film, tastes)}
        self.steady = shown if self.steady is None else self.steady & shown

    def check(self, films: dict[int, Film]) -> None:
        """What viewers are promised of all pages so far; of whole walks also that none is missing.

        This says nothing of pages and places: each film once, in the order of its list.
        """
        steady = self.steady or set()
        assert len(set(self.of_list)) == len(self.of_list)
        still = [each for each in self.popular if each not in self.moved]
        assert len(set(still)) == len(still)
        assert not set(self.of_list) & set(self.popular)
        if self.link is not None:
            return
        expected = [each for each in self.origin.movie_ids if each in steady]
        assert [each for each in self.of_list if each in steady] == expected
        others = steady - set(self.origin.movie_ids) - self.moved
        by_place = sorted(others, key=lambda each: films[each].place)
        assert [each for each in still if each in others] == by_place

    def _popular(self, films: dict[int, Film], tastes: Tastes) -> list[int]:
        """All that are not in the list, behind the last one that was shown."""
        behind = [
            film
            for film in films.values()
            if (self.after is None or film.place > self.after)
            and film.id not in self.origin.movie_ids
            and self.may_show(film, tastes)
        ]
        return [film.id for film in sorted(behind, key=lambda film: film.place)]
