"""Writes of every kind as connections mix them, many of them about what another just changed."""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

GONE = frozenset({404})
NEVER = frozenset[int]()
BULK_ROWS = 20
RECENT = 20
# Few, so that viewings of one film at one moment meet.
MOMENTS = tuple(f"2026-0{month}-01T20:00:00Z" for month in range(1, 9))
OWNED = ("favorites/", "ratings/", "watch-history/", "watchlist/", "not-interested/")


@dataclass(frozen=True, kw_only=True, slots=True)
class Subjects:
    movie_ids: list[int]
    person_ids: list[int]
    genre_ids: list[int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Write:
    """A request of a kind such as `delete ratings/`; it is accepted or answered `refusals`."""

    kind: str
    method: str
    path: str
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    refusals: frozenset[int] = NEVER


@dataclass
class Tally:
    """What became of the writes of one viewer, over all connections.

    They share the ids of rows that answers told, so that they meet at the same rows.
    """

    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    unexpected: list[tuple[Write, int, Any]] = field(default_factory=list)
    # Those in the answers to writes that count.
    revisions: list[int] = field(default_factory=list)

    owned: dict[str, list[int]] = field(default_factory=lambda: {path: [] for path in OWNED})

    def take(self, write: Write, status: int, answer: Any) -> None:
        if status in {200, 201}:
            self.accepted[write.kind] += 1
            if counts(answer):
                self.revisions.append(answer["taste_revision"])
            if write.path in OWNED and "id" in answer:
                self.owned[write.path].append(answer["id"])
        elif status in write.refusals:
            self.refused[write.kind] += 1
        else:
            self.unexpected.append((write, status, answer))


def counts(answer: Mapping[str, Any]) -> bool:
    """Whether an accepted write changes the Taste: a bulk of nothing new does not."""
    outcomes = answer.get("counts")
    return outcomes is None or outcomes["created"] + outcomes["changed"] > 0


@dataclass
class Mixture:
    """The endless writes that one connection sends as one viewer."""

    subjects: Subjects
    rng: random.Random
    tally: Tally

    def draw(self) -> Write:
        makers: tuple[Callable[[], Write], ...] = (
            *(self._add, self._add, self._rate, self._rate, self._rate_by_film, self._unrate),
            *(self._watch, self._hide, self._bulk, self._change, self._change),
            *(self._delete, self._delete, self._delete),
        )
        return self.rng.choice(makers)()

    def _add(self) -> Write:
        path = self.rng.choice(("favorites/", "watchlist/"))
        return Write(kind=path, method="POST", path=path, body=self._film())

    def _rate(self) -> Write:
        body = self._film() | {"score": self._score()}
        return Write(kind="ratings/", method="POST", path="ratings/", body=body)

    def _rate_by_film(self) -> Write:
        path = f"movies/{self._movie_id()}/rating/"
        body = {"score": self._score()}
        return Write(kind="put rating of a film", method="PUT", path=path, body=body)

    def _unrate(self) -> Write:
        path = f"movies/{self._movie_id()}/rating/"
        return Write(kind="delete rating of a film", method="DELETE", path=path, refusals=GONE)

    def _watch(self) -> Write:
        headers = {}
        if self.rng.random() < 0.3:
            headers["Idempotency-Key"] = f"viewing {self.rng.getrandbits(64)}"
        return Write(
            kind="watch-history/",
            method="POST",
            path="watch-history/",
            body=self._film() | self._viewing(),
            headers=headers,
        )

    def _hide(self) -> Write:
        name, ids = self.rng.choice(
            (
                ("movie_id", self.subjects.movie_ids),
                ("person_id", self.subjects.person_ids),
                ("genre_id", self.subjects.genre_ids),
            )
        )
        body = {name: self.rng.choice(ids)}
        return Write(kind="not-interested/", method="POST", path="not-interested/", body=body)

    def _delete(self) -> Write:
        path = self.rng.choice(OWNED)
        return Write(kind=f"delete {path}", method="DELETE", path=self._one_of(path), refusals=GONE)

    def _change(self) -> Write:
        if self.rng.random() < 0.5:
            method, path, body = (
                self.rng.choice(("PUT", "PATCH")),
                "ratings/",
                {"score": self._score()},
            )
            refusals = GONE
        else:
            method, path, body = "PATCH", "watch-history/", self._viewing()
            refusals = GONE | {409}
        return Write(
            kind=f"change {path}",
            method=method,
            path=self._one_of(path),
            body=body,
            refusals=refusals,
        )

    def _bulk(self) -> Write:
        count = min(BULK_ROWS, len(self.subjects.movie_ids))
        # Rows of one request come in either direction: locks taken in their order would meet.
        movie_ids = sorted(
            self.rng.sample(self.subjects.movie_ids, count), reverse=self.rng.random() < 0.5
        )
        events = [self._event(movie_id) for movie_id in movie_ids]
        body = {"on_error": self.rng.choice(("refuse_all", "skip")), "events": events}
        return Write(kind="library/bulk/", method="POST", path="library/bulk/", body=body)

    def _event(self, movie_id: int) -> dict[str, Any]:
        kind = self.rng.choice(("rating", "favorite", "watch", "watchlist", "not_interested"))
        more: dict[str, Any] = {}
        if kind == "rating":
            more = {"score": self._score()}
        elif kind == "watch":
            more = self._viewing()
        return {"kind": kind, "movie_id": movie_id} | more

    def _one_of(self, path: str) -> str:
        # Older ones are gone, most of them.
        recent = self.tally.owned[path][-RECENT:]
        return f"{path}{self.rng.choice(recent) if recent else 0}/"

    def _film(self) -> dict[str, Any]:
        return {"movie_id": self._movie_id()}

    def _movie_id(self) -> int:
        return self.rng.choice(self.subjects.movie_ids)

    def _score(self) -> int:
        return self.rng.randint(1, 10)

    def _viewing(self) -> dict[str, Any]:
        viewing: dict[str, Any] = {"progress": self.rng.randint(0, 100)}
        if self.rng.random() < 0.7:
            viewing["watched_at"] = self.rng.choice(MOMENTS)
        return viewing
