"""What requests are about: viewers, their tokens and their rows, drawn before anything is timed."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import psycopg2

from tests.benchmarks.viewer_library import catalogue_rows
from tests.benchmarks.viewer_library.filling import Sizes
from tests.benchmarks.viewer_library.viewer_rows import OPERATOR

DAY = timedelta(days=1)
# Fewer than the platform counts, so that all of them enter into the estimate.
QUEUE = 500
VARIANTS: tuple[dict[str, Any], ...] = (
    {"name": "control", "share": 490, "is_control": True},
    {"name": "bold", "share": 490, "pipeline": {"popularity_debias": 0.8}},
    {"name": "holdback", "share": 20, "kind": "popularity"},
)
# No workers run, so what one that is behind would leave is written here: one list after the other
# for viewers who had waited already, and its heartbeat.
_WAIT = """
    UPDATE favorites_taste SET revision = listed_revision + 1, changed_at = now()
    WHERE revision = listed_revision AND user_id IN (
        SELECT user_id FROM favorites_taste ORDER BY user_id DESC LIMIT %(queue)s);
    UPDATE recommendations_recommendationlist AS list
    SET created_at = newest.made_at, written_at = newest.made_at - interval '1 s'
    FROM (
        SELECT id, created_at - interval '20 ms' * row_number() OVER (ORDER BY id DESC) AS made_at
        FROM recommendations_recommendationlist ORDER BY id DESC LIMIT 50
    ) AS newest
    WHERE list.id = newest.id AND list.written_at IS NULL;
    INSERT INTO core_heartbeat (name, seen_at) VALUES ('queue:realtime', now())
    ON CONFLICT (name) DO UPDATE SET seen_at = now();
    UPDATE favorites_taste
    SET revision = greatest(revision, listed_revision + 1), changed_at = now()
    WHERE user_id = %(viewer)s RETURNING revision
"""

_BEHIND = """
    SELECT list.id, cardinality(movie_ids), film.id, film.vote_count
    FROM recommendations_recommendationlist AS list, movies_movie AS film
    WHERE film.id = %s AND list.user_id = %s ORDER BY list.id DESC LIMIT 1
"""


class NothingToDrawError(Exception):
    """The viewer has no such row; another viewer may have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A request; `headers` hold the token of who sends it."""

    method: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Drawing:
    database_url: str
    sizes: Sizes
    rng: random.Random

    def __post_init__(self) -> None:
        # Viewers whose sessions a request has ended are drawn no more.
        self.viewers = list(range(OPERATOR + 1, self.sizes.users + 1))
        self.rng.shuffle(self.viewers)
        self.next_viewer = 0

    @cached_property
    def connection(self) -> Any:
        connection = psycopg2.connect(self.database_url)
        connection.autocommit = True
        return connection

    def viewer_id(self) -> int:
        """Another one each time, until all had their turn."""
        self.next_viewer = (self.next_viewer + 1) % len(self.viewers)
        return self.viewers[self.next_viewer]

    def leaving_viewer_id(self) -> int:
        return self.viewers.pop()

    def movie_id(self) -> int:
        """Popular ones more often."""
        return 1 + int(self.sizes.films * self.rng.random() ** 2)

    def movie_ids(self, count: int) -> list[int]:
        return [self.movie_id() for _ in range(count)]

    def person_id(self) -> int:
        return 1 + int(self.sizes.people * self.rng.random() ** 1.5)

    def genre_id(self) -> int:
        return self.rng.randint(1, self.sizes.genres)

    def language(self) -> str:
        """Any, rare ones as often as others."""
        return self.rng.choice(catalogue_rows.LANGUAGES)

    def country(self) -> str:
        return self.rng.choice(catalogue_rows.COUNTRIES)

    def provider_id(self) -> int:
        return self.rng.randint(1, catalogue_rows.PROVIDERS)

    def year(self) -> int:
        """Films of the early ones are few."""
        return self.rng.randint(1946, 2025)

    def score(self) -> int:
        return self.rng.randint(1, 10)

    def word(self) -> str:
        """A word of some title, so that there is something to find."""
        title = self.value("SELECT title FROM movies_movie WHERE id = %s", self.movie_id())
        return str(self.rng.choice(title.split()))

    def own(self, table: str, viewer_id: int, column: str = "id") -> int:
        """One of the viewer's rows. Raises NothingToDrawError where there is none."""
        found = self.value(
            f"SELECT {column} FROM favorites_{table} WHERE user_id = %s ORDER BY random() LIMIT 1",  # noqa: S608  # names of ours
            viewer_id,
        )
        if found is None:
            raise NothingToDrawError(table)
        return int(found)

    def own_list(self, viewer_id: int) -> tuple[int, list[int]]:
        """The viewer's list, and its films."""
        return self._row(
            "SELECT id, movie_ids FROM recommendations_recommendationlist WHERE user_id = %s",
            [viewer_id],
        )

    def unseen_revision(self, viewer_id: int) -> int:
        """Of a write that no list has seen yet; the viewer waits behind others."""
        return int(self._first(_WAIT, {"viewer": viewer_id, "queue": QUEUE}))

    def value(self, query: str, *parameters: object) -> Any:
        return self._first(query, parameters)

    def _first(self, query: str, parameters: Any) -> Any:
        row = self._row(query, parameters)
        return row and row[0]

    def _row(self, query: str, parameters: Any) -> Any:
        with self.connection.cursor() as cursor:
            cursor.execute(query, parameters)
            return cursor.fetchone()

    def bearer(self, user_id: int) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token(user_id)}"}

    def access_token(self, user_id: int) -> str:
        from apps.users.tokens import SessionAccessToken

        token = SessionAccessToken.of(self._session(user_id))
        token.set_exp(lifetime=DAY)
        return str(token)

    def refresh_token(self, user_id: int) -> str:
        from apps.users.tokens import SessionRefreshToken

        return str(SessionRefreshToken.of(self._session(user_id)))

    def other_session_id(self, user_id: int) -> str:
        from apps.users.models import Session

        own = self._session(user_id)
        return str(Session.objects.filter(user_id=user_id).exclude(pk=own.pk)[0].pk)

    def cursor(self, viewer_id: int) -> str:
        """Behind the viewer's list, and behind one of the popular films that follow."""
        from apps.recommendations import cursors

        list_id, length, movie_id, votes = self._row(_BEHIND, (self.movie_id(), viewer_id))
        cursor = cursors.Cursor(
            origin=cursors.Origin.LIST,
            row_id=list_id,
            offset=length,
            after=cursors.Place(votes, movie_id),
        )
        return cursors.encode(cursor, user_id=viewer_id)

    def verification_token(self, user_id: int) -> str:
        from django.utils import timezone

        from apps.users.mail_tokens import token_of
        from apps.users.models import AccountMail, User

        user, now = User.objects.get(pk=user_id), timezone.now()
        mail = AccountMail.objects.create(
            purpose=AccountMail.Purpose.VERIFY_EMAIL,
            email=user.email,
            user=user,
            requested_at=now,
            sent_at=now,
            expires_at=now + DAY,
        )
        return token_of(mail, user=user)

    def open_run_id(self) -> int:
        """An operator's sync that nobody has begun yet, and no other."""
        from apps.movies.models import SyncRun

        SyncRun.objects.all().delete()
        return SyncRun.objects.create(kind=SyncRun.Kind.GENRES).pk

    def generation_id(self) -> int:
        return int(self.value("SELECT max(id) FROM recommendations_generation"))

    def free_name(self) -> str:
        return f"experiment-{self.rng.getrandbits(60)}"

    def experiment_name(self, *, running: bool = False) -> str:
        """The only experiment there is, a draft or begun."""
        from apps.recommendations import actions
        from apps.recommendations.models import Experiment

        Experiment.objects.all().delete()
        experiment = actions.create_experiment(
            name=self.free_name(), variants=[actions.VariantDraft(**each) for each in VARIANTS]
        )
        if running:
            actions.start_experiment(experiment_id=experiment.pk, at=datetime.now(UTC))
        return experiment.name

    def _session(self, user_id: int) -> Any:
        from apps.users.models import Session

        return Session.objects.filter(user_id=user_id).order_by("pk")[0]
