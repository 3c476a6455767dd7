"""Writes of all kinds by many connections at once, several of them as the same viewer."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import requests

from tests.benchmarks.sync import say
from tests.benchmarks.viewer_library.drawing import Call, Drawing
from tests.benchmarks.viewer_library.timing import TIMEOUT_S
from tests.mixed_writes import Mixture, Subjects, Tally

WRITES = 10_000
CONNECTIONS = 16
VIEWERS = 40
PARALLEL_POSTS = 50
FILMS = 200
PEOPLE = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Storm:
    writes: int
    seconds: float
    writes_per_second: float
    accepted: int
    # Of what had gone a moment before.
    refused: int
    counted: int
    bulk_requests: int


def promise(kept: bool, text: str) -> None:  # noqa: FBT001  # reads as an assertion
    if not kept:
        raise SystemExit(f"Broken: {text}")


def post_one_favourite(url: str, draw: Drawing) -> dict[str, Any]:
    """Fifty connections add the same film at the same time."""
    viewer = draw.viewer_id()
    movie_id = draw.value(
        "SELECT max(id) FROM movies_movie WHERE id NOT IN"
        " (SELECT movie_id FROM favorites_favorite WHERE user_id = %s)",
        viewer,
    )
    before = _revision(draw, viewer)
    headers = draw.bearer(viewer)
    start = threading.Barrier(PARALLEL_POSTS)

    def post(_: int) -> requests.Response:
        start.wait()
        return requests.post(
            f"{url}/favorites/", json={"movie_id": movie_id}, headers=headers, timeout=TIMEOUT_S
        )

    with ThreadPoolExecutor(PARALLEL_POSTS) as pool:
        responses = list(pool.map(post, range(PARALLEL_POSTS)))
    statuses = Counter(response.status_code for response in responses)
    promise(statuses == {201: 1, 200: PARALLEL_POSTS - 1}, f"one favourite is added: {statuses}")
    rows = draw.value(
        "SELECT count(*) FROM favorites_favorite WHERE user_id = %s AND movie_id = %s",
        viewer,
        movie_id,
    )
    promise(rows == 1, f"a favourite is one row, not {rows}")
    grown = _revision(draw, viewer) - before
    promise(grown == PARALLEL_POSTS, f"{PARALLEL_POSTS} writes count as many, not {grown}")
    say(f"{PARALLEL_POSTS} parallel POSTs of one favourite: one row, {dict(statuses)}")
    return {"posts": PARALLEL_POSTS, "rows": rows, "revisions": grown}


def write_at_once(url: str, draw: Drawing, *, writes: int) -> Storm:
    viewers = [draw.viewer_id() for _ in range(VIEWERS)]
    tallies = {viewer: Tally() for viewer in viewers}
    before = {viewer: _revision(draw, viewer) for viewer in viewers}
    headers = {viewer: draw.bearer(viewer) for viewer in viewers}
    subjects = Subjects(
        movie_ids=draw.movie_ids(FILMS),
        person_ids=[draw.person_id() for _ in range(PEOPLE)],
        genre_ids=list(range(1, draw.sizes.genres + 1)),
    )
    began = time.monotonic()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        connections = [
            pool.submit(
                _write_on,
                _sender(url, headers),
                subjects,
                tallies,
                random.Random(seed),
                writes // CONNECTIONS,
            )
            for seed in range(CONNECTIONS)
        ]
        for connection in connections:
            connection.result()
    seconds = time.monotonic() - began
    for viewer, tally in tallies.items():
        _judge(tally, first=before[viewer] + 1, last=_revision(draw, viewer))
    storm = _summary(list(tallies.values()), writes=writes, seconds=seconds)
    say(f"{storm.writes:,} parallel writes: {asdict(storm)}")
    return storm


Send = Callable[[int, Call], requests.Response]


def _sender(url: str, headers: dict[int, dict[str, str]]) -> Send:
    session = requests.Session()

    def send(viewer: int, call: Call) -> requests.Response:
        return session.request(
            call.method,
            f"{url}/{call.path}",
            json=call.body,
            headers={**headers[viewer], **call.headers},
            timeout=TIMEOUT_S,
        )

    return send


def _write_on(
    send: Send,
    subjects: Subjects,
    tallies: dict[int, Tally],
    rng: random.Random,
    writes: int,
) -> None:
    mixtures = {viewer: Mixture(subjects, rng, tally) for viewer, tally in tallies.items()}
    viewers = list(tallies)
    for _ in range(writes):
        viewer = rng.choice(viewers)
        write = mixtures[viewer].draw()
        call = Call(method=write.method, path=write.path, body=write.body, headers=write.headers)
        response = send(viewer, call)
        tallies[viewer].take(write, response.status_code, response.json())


def _judge(tally: Tally, *, first: int, last: int) -> None:
    promise(not tally.unexpected, f"a write is accepted: {tally.unexpected[:1]}")
    promise(
        sorted(tally.revisions) == list(range(first, last + 1)),
        f"revisions {first} to {last} are each that of one write",
    )


def _summary(tallies: Sequence[Tally], *, writes: int, seconds: float) -> Storm:
    accepted = sum((tally.accepted for tally in tallies), Counter[str]())
    return Storm(
        writes=writes,
        seconds=round(seconds, 1),
        writes_per_second=round(writes / seconds, 1),
        accepted=accepted.total(),
        refused=sum(tally.refused.total() for tally in tallies),
        counted=sum(len(tally.revisions) for tally in tallies),
        bulk_requests=accepted["library/bulk/"],
    )


def _revision(draw: Drawing, viewer: int) -> int:
    return int(draw.value("SELECT revision FROM favorites_taste WHERE user_id = %s", viewer) or 0)
