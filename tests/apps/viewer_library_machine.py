"""Some viewers, films and what is in their libraries, for state machines that go on from there."""

import json
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from apps.users.models import User
from tests.apps.api import client_of, refused
from tests.apps.films import make_credit, make_person
from tests.apps.viewer_library_checks import LISTS, check_api, check_everything, check_rows
from tests.apps.viewer_library_model import Event, Film, Library, Rating, Viewing
from tests.apps.viewer_library_refusals import NOBODYS
from tests.factories import (
    make_favorite,
    make_generation,
    make_genre,
    make_list,
    make_movie,
    make_not_interested,
    make_rating,
    make_user,
    make_watch_entry,
    make_watchlist_entry,
)

VIEWERS = 2
FILMS = 5
GENRES = ("Action", "Drama", "Horror")
PEOPLE = 2
RATED_AT = datetime(2020, 2, 1, 20, tzinfo=UTC)
STEPS_BETWEEN_FULL_CHECKS = 10


class LibraryMachine(RuleBasedStateMachine):
    """Each run is undone at its end: its transaction stands inside that of the test."""

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        # Who did something in this step, and with which lists.
        self.touched: dict[int, set[str]] = {}
        self.steps = 0
        # By viewer and key: path and body of a request, and how it was answered.
        self.named: dict[tuple[int, str], tuple[str, Any, int, bytes]] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    @initialize()
    def begin(self) -> None:
        self.since = timezone.now()
        self.films = self._make_films()
        self.users = [make_user() for _ in range(VIEWERS)]
        self.clients = [client_of(user) for user in self.users]
        self.libraries = [Library() for _ in self.users]
        self._fill(self.users[0], self.libraries[0])
        self._rate_once(self.users[1], self.libraries[1])
        self._publish_lists()

    def _make_films(self) -> list[Film]:
        genres = [make_genre(name) for name in GENRES]
        people = [make_person() for _ in range(PEOPLE)]
        rows = [make_movie(genres=(GENRES[n % len(GENRES)],)) for n in range(FILMS)]
        for number, person in enumerate(people):
            make_credit(rows[number], person=person, is_cast=number == 0)
        self.rows = rows
        self.subject_ids = {
            "movie": [row.pk for row in rows],
            "person": [person.pk for person in people],
            "genre": [genre.pk for genre in genres],
        }
        return [
            Film(
                row.pk,
                row.tmdb_id or 0,
                frozenset({genres[number % len(GENRES)].pk}),
                frozenset(person.pk for person in people[number : number + 1]),
            )
            for number, row in enumerate(rows)
        ]

    def _fill(self, user: User, library: Library) -> None:
        """One row of each kind, so that from the first step on there is something to change."""
        rating, favorite, viewing, wished, hidden = self.rows
        row = make_rating(user=user, movie=rating, score=8, rated_at=RATED_AT)
        library.ratings[rating.pk] = Rating(row.pk, 8, RATED_AT)
        library.marks["favorites"][favorite.pk] = make_favorite(user=user, movie=favorite).pk
        entry = make_watch_entry(user=user, movie=viewing)
        library.viewings[entry.pk] = Viewing(viewing.pk, entry.watched_at, entry.progress)
        library.marks["watchlist"][wished.pk] = make_watchlist_entry(user=user, movie=wished).pk
        library.hidden["movie", hidden.pk] = make_not_interested(user=user, movie=hidden).pk

    def _rate_once(self, user: User, library: Library) -> None:
        """As data sets bring ratings whose moment nobody knows; no request makes one."""
        row = make_rating(user=user, movie=self.rows[0], score=8, rated_at=None)
        library.ratings[row.movie_id] = Rating(row.pk, 8, None)

    def _publish_lists(self) -> None:
        """Every film, in their order."""
        generation = make_generation(active=True)
        for user in self.users:
            make_list(user=user, generation=generation, movies=self.rows, revision=0)

    @invariant()
    def everything_agrees(self) -> None:
        """The rows, and what the API says of what was touched; of everything now and then."""
        for user, library in zip(self.users, self.libraries, strict=True):
            check_rows(user, library, since=self.since)
        for viewer, lists in self.touched.items():
            check_api(self.clients[viewer], self.libraries[viewer], self.films, lists=lists)
        if self.steps % STEPS_BETWEEN_FULL_CHECKS == 0:
            for client, library in zip(self.clients, self.libraries, strict=True):
                check_everything(client, library, self.films)
        self.touched = {}
        self.steps += 1

    def send(
        self, viewer: int, method: str, path: str, body: Any = None, *, key: str | None = None
    ) -> Any:
        self.touched.setdefault(viewer, set()).update(_lists_about(path))
        return self.clients[viewer].generic(
            method,
            f"/api/v1/{path}",
            "" if body is None else json.dumps(body),
            content_type="application/json",
            headers={"Idempotency-Key": key} if key else {},
        )

    def send_once(self, viewer: int, path: str, body: Any, *, key: str | None) -> Any:
        """The response, for the model to follow; None where the key had been used before."""
        response = self.send(viewer, "POST", path, body, key=key)
        if key is None:
            return response
        if (viewer, key) not in self.named:
            if response.status_code < 300:
                answer = (response.status_code, response.content)
                self.named[viewer, key] = (path, body, *answer)
            return response
        known_path, known_body, status, content = self.named[viewer, key]
        if (path, body) == (known_path, known_body):
            assert (response.status_code, response.content) == (status, content)
            assert response["Idempotency-Replayed"] == "true"
        else:
            refused(response, 409, "idempotency_key_reused")
        return None

    def counted(self, viewer: int, response: Any, status: int) -> dict[str, Any]:
        """The answer to a write that is accepted, and is one more."""
        assert response.status_code == status, response.content
        library = self.libraries[viewer]
        library.revision += 1
        answer: dict[str, Any] = response.json()
        assert answer["taste_revision"] == library.revision
        return answer

    def is_own(self, caller: int, owner: int, row_id: int, response: Any) -> bool:
        """Whether the caller may change the row; who may not is told that there is none."""
        if caller == owner and row_id != NOBODYS:
            return True
        refused(response, 404, "not_found")
        return False

    def row_id(self, owner: int, path: str, pick: int) -> int:
        """One of the owner's rows; nobody's, where there are none."""
        rows = self.libraries[owner].rows(path) or [NOBODYS]
        return rows[pick % len(rows)]

    def film_body(self, film: int, *, by_tmdb: bool = False) -> dict[str, Any]:
        movie = self.films[film]
        return {"tmdb_id": movie.tmdb_id} if by_tmdb else {"movie_id": movie.id}

    def subject(self, kind: str, number: int) -> tuple[str, int]:
        ids = self.subject_ids[kind]
        return kind, ids[number % len(ids)]

    def event_body(self, event: Event) -> dict[str, Any]:
        body: dict[str, Any] = {"kind": event.kind, f"{event.name}_id": event.subject}
        amounts = {"rating": "score", "watch": "progress"}
        moments = {"rating": "rated_at", "watch": "watched_at"}
        if event.kind in amounts:
            body[amounts[event.kind]] = event.amount
        if event.kind in moments and event.moment:
            body[moments[event.kind]] = event.moment.isoformat()
        return body


def _lists_about(path: str) -> tuple[str, ...]:
    if path == "library/bulk/":
        return LISTS
    if path.endswith("/rating/"):
        return ("ratings",)
    return tuple(name for name in LISTS if path.startswith(f"{name}/"))
