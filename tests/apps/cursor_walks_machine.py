"""Viewers, films, lists and the clock, for a state machine of clients that walk through them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from apps.favorites.models import Taste
from apps.movies.models import Movie
from apps.recommendations import publishing
from apps.recommendations.models import Generation, RecommendationList
from services.recommendations import purging
from tests.apps.api import client_of
from tests.apps.cursor_walks_model import Film, Stored, Tastes, Walk
from tests.apps.films import make_credit, make_person
from tests.factories import make_generation, make_genre, make_list, make_movie, make_user

VIEWERS = 2
FILMS = 14
GENRES = ("Action", "Drama", "Horror")
PEOPLE = 3
FIRST_YEAR = 1990
DAY = timedelta(hours=24)


class WalksMachine(RuleBasedStateMachine):
    """Each run is undone at its end: its transaction stands inside that of the test."""

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        # By client, of which each viewer has two: the walk it is on.
        self.walks: dict[int, Walk] = {}
        self.lists: dict[tuple[int, int], list[Stored]] = {}
        self.generations: dict[int, Stored] = {}
        self.active: int | None = None

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    @initialize(is_published=st.booleans())
    def begin_with(self, is_published: bool) -> None:  # noqa: FBT001  # drawn
        self.now = timezone.now()
        self._make_films()
        self.users = [make_user() for _ in range(VIEWERS)]
        self.clients = [client_of(user) for user in self.users]
        self.tastes = [Tastes() for _ in self.users]
        if is_published:
            whole = tuple(range(FILMS - 4))
            self.flip(popular=whole[:5], lists=(whole, whole[::-1]))

    def _make_films(self) -> None:
        genres = [make_genre(name) for name in GENRES]
        people = [make_person() for _ in range(PEOPLE)]
        self.films = {}
        for number in range(FILMS):
            genre, person = genres[number % len(GENRES)], people[number % 7 % PEOPLE]
            # Every other film has as many votes as the one before.
            year, votes = FIRST_YEAR + number, 100 - number // 2
            row = make_movie(genres=(genre.name,), year=year, vote_count=votes)
            make_credit(row, person=person)
            of_film = frozenset({genre.pk}), frozenset({person.pk})
            self.films[row.pk] = Film(row.pk, *of_film, year, votes)
        self.ids = list(self.films)
        self.subjects = {
            "movie": self.ids,
            "person": [person.pk for person in people],
            "genre": [genre.pk for genre in genres],
        }

    @invariant()
    def walks_keep_what_they_promise(self) -> None:
        for walk in self.walks.values():
            walk.look(self.films.values(), self.tastes[walk.viewer])
            walk.check(self.films)

    def is_there(self, stored: Stored) -> bool:
        """Whether a list that is walked through is stored; it must be, for a day after its end."""
        if stored.kind == "popular":
            return True
        table = RecommendationList if stored.kind == "list" else Generation
        is_there = table.objects.filter(pk=stored.id).exists()
        assert is_there or (stored.replaced_at and self.now >= stored.replaced_at + DAY)
        return is_there

    def current(self, viewer: int) -> Stored:
        """What a walk that begins now leads through."""
        own = self.lists.get((self.active or 0, viewer))
        if own:
            return own[-1]
        of_all = self.generations.get(self.active or 0)
        return of_all if of_all and of_all.movie_ids else Stored("popular", 0)

    def rebuild(self, viewer: int, order: Sequence[int]) -> None:
        """As after a write: one list more."""
        if self.active is not None:
            self._add_list(viewer, self.active, order)

    def flip(self, popular: Sequence[int], lists: tuple[Sequence[int] | None, ...]) -> None:
        """A new generation with lists for some viewers."""
        of_all = tuple(self.ids[number] for number in popular)
        generation = make_generation(popular_movie_ids=list(of_all))
        self.generations[generation.pk] = Stored("generation", generation.pk, of_all)
        for viewer, order in enumerate(lists):
            if order is not None:
                self._add_list(viewer, generation.pk, order)
        publishing.publish(generation_id=generation.pk, at=self.now)
        self._activate(generation.pk)

    def roll_back(self) -> None:
        try:
            target = publishing.roll_back(at=self.now).generation.pk
        except publishing.NotPublishableError:
            return
        self._activate(target)

    def _activate(self, generation_id: int) -> None:
        if self.active is not None:
            self._end(self.active, at=self.now)
        self.active = generation_id
        self._end(generation_id, at=None)

    def _end(self, generation_id: int, *, at: datetime | None) -> None:
        """What was current in the generation is replaced now, or is current once more."""
        own = [lists[-1] for (of, _), lists in self.lists.items() if of == generation_id]
        for stored in (self.generations[generation_id], *own):
            stored.replaced_at = at

    def _add_list(self, viewer: int, generation_id: int, order: Sequence[int]) -> None:
        movie_ids = tuple(self.ids[number] for number in order)
        taste = Taste.objects.filter(user=self.users[viewer]).first()
        row = make_list(
            user=self.users[viewer],
            generation=Generation.objects.get(pk=generation_id),
            movies=[Movie(pk=movie_id) for movie_id in movie_ids],
            revision=taste.revision if taste else 0,
            created_at=self.now,
        )
        lists = self.lists.setdefault((generation_id, viewer), [])
        if lists:
            lists[-1].replaced_at = self.now
        lists.append(Stored("list", row.pk, movie_ids))

    def wait(self, hours: int) -> None:
        """Then all that may be removed is."""
        self.now += timedelta(hours=hours)
        position = None
        while (position := purging.purge(at=self.now, position=position)) is not None:
            pass
        for walk in self.walks.values():
            self.is_there(walk.origin)

    def take_down(self, film: int, how: str) -> None:
        """Or let it come back, where `how` is empty."""
        movie = Movie.objects.get(pk=self.ids[film])
        movie.adult = how == "adult"
        movie.tombstoned_at = timezone.now() if how == "tombstoned" else None
        movie.save()
        self.films[movie.pk].gone = how

    def vote(self, film: int, votes: int) -> None:
        movie = Movie.objects.get(pk=self.ids[film])
        movie.vote_count = self.films[movie.pk].votes = votes
        movie.save()
        for walk in self.walks.values():
            walk.moved.add(movie.pk)

    def write(self, viewer: int, path: str, kind: str, number: int) -> None:
        subject = self.subjects[kind][number % len(self.subjects[kind])]
        body = {f"{kind}_id": subject} | ({"score": 7} if path == "ratings" else {})
        row_id = self._post(viewer, path, body)
        self.tastes[viewer].rows[path, kind, subject] = row_id

    def watch(self, viewer: int, film: int, progress: int) -> None:
        body = {"movie_id": self.ids[film], "progress": progress}
        row_id = self._post(viewer, "watch-history", body)
        self.tastes[viewer].viewings[row_id] = (self.ids[film], progress)

    def _post(self, viewer: int, path: str, body: dict[str, int]) -> int:
        response: Any = self.clients[viewer].post(f"/api/v1/{path}/", body, format="json")
        assert response.status_code in {200, 201}, response.content
        return int(response.json()["id"])

    def take_back(self, viewer: int, pick: int) -> None:
        """One of the viewer's rows, if there are any."""
        tastes = self.tastes[viewer]
        keys: list[Any] = [*tastes.rows, *tastes.viewings]
        if not keys:
            return
        key = keys[pick % len(keys)]
        if key in tastes.rows:
            path, row_id = key[0], tastes.rows.pop(key)
        else:
            path, row_id = "watch-history", key
            del tastes.viewings[key]
        response = self.clients[viewer].delete(f"/api/v1/{path}/{row_id}/")
        assert response.status_code == 200
