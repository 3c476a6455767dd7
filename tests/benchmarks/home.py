"""What a home page takes on a platform with 100,000 films and a million ratings.

`make bench-home` (`ARGS=--small` to try) fills an empty platform by SQL, starts the web server as
`make up` does, and asks for 6 rows of 20 films over HTTP, one request after the other on one
connection: as other viewers each time, then as the same once more, so that the cache answers; as
viewers without a list; and as the viewer with 20,000 ratings, after a write each time. Whether an
answer came from the cache, how many films it shows and that none is there twice is looked at, too.
Beside it stand a page of 20 films of the list, and an address that does next to nothing. The rounds
are repeated; shown are p50 and p95 of all, and the lowest and the highest p50 of a round, in
milliseconds. Last comes a JSON line.
"""

import argparse
import json
import random
import signal
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import requests
from redis import Redis

from tests.benchmarks.machine import describe_machine
from tests.benchmarks.sync import say
from tests.benchmarks.viewer_library.__main__ import SMALL, platform, set_up, terminate, version
from tests.benchmarks.viewer_library.drawing import Call, Drawing
from tests.benchmarks.viewer_library.filling import Sizes, fill
from tests.benchmarks.viewer_library.storm import promise
from tests.benchmarks.viewer_library.timing import send
from tests.benchmarks.viewer_library.viewer_rows import HEAVY_VIEWER
from tests.flows.live import LivePlatform

ROWS, ITEMS = 6, 20
ROUNDS = 5
ASKED = 60
WARM_UP = 20
BESIDE = ("recommendations/", "movies/genres/")
# Viewers of the highest ids lose theirs.
WITHOUT_LIST = 500
_TAKE_LISTS = "DELETE FROM recommendations_recommendationlist WHERE user_id > {last}"


@dataclass
class Timed:
    """Milliseconds of a round's requests, and films and bytes of an answer at the median."""

    ms: list[list[float]] = field(default_factory=list)
    films: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def summary(self) -> "Figures":
        every = [each for one_round in self.ms for each in one_round]
        medians = [statistics.median(one_round) for one_round in self.ms]
        return Figures(
            p50=round(statistics.median(every), 1),
            p95=round(statistics.quantiles(every, n=20, method="inclusive")[18], 1),
            lowest_p50=round(min(medians), 1),
            highest_p50=round(max(medians), 1),
            films=round(statistics.median(self.films)) if self.films else 0,
            answer_bytes=round(statistics.median(self.sizes)),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    p50: float
    p95: float
    lowest_p50: float
    highest_p50: float
    films: int
    answer_bytes: int


@dataclass
class Bench:
    url: str
    draw: Drawing
    asked: int
    timed: dict[str, Timed] = field(default_factory=dict)
    session: requests.Session = field(default_factory=requests.Session)

    def round(self) -> None:
        viewers = [self._viewer() for _ in range(self.asked)]
        self._time("made", viewers, is_cached=False)
        self._time("cached", viewers, is_cached=True)
        newcomers = [self._newcomer() for _ in range(self.asked)]
        self._time("made, without a list", newcomers, is_cached=False)
        self._time("made, 20,000 ratings", [HEAVY_VIEWER] * self.asked, is_cached=False)
        for path in BESIDE:
            self._time(f"GET {path}", viewers, path=path)

    def warm_up(self) -> None:
        for _ in range(WARM_UP):
            send(self.session, self.url, self._home(self._viewer()))

    def _time(
        self, name: str, viewers: Sequence[int], *, path: str = "", is_cached: bool | None = None
    ) -> None:
        timed = self.timed.setdefault(name, Timed())
        timed.ms.append([])
        for viewer in viewers:
            if viewer == HEAVY_VIEWER:
                self._write(viewer)
            call = self._get(path, viewer) if path else self._home(viewer)
            began = time.perf_counter()
            response = send(self.session, self.url, call)
            timed.ms[-1].append((time.perf_counter() - began) * 1000)
            timed.sizes.append(len(response.content))
            if is_cached is not None:
                timed.films.append(films_of(response.json(), is_cached=is_cached))

    def _viewer(self) -> int:
        while True:
            viewer = self.draw.viewer_id()
            if viewer <= self.draw.sizes.users - WITHOUT_LIST:
                return viewer

    def _newcomer(self) -> int:
        while True:
            viewer = self.draw.viewer_id()
            if viewer > self.draw.sizes.users - WITHOUT_LIST:
                return viewer

    def _home(self, viewer: int) -> Call:
        return self._get("recommendations/home/", viewer, rows=ROWS, items=ITEMS)

    def _get(self, path: str, viewer: int, **params: int) -> Call:
        headers = self.draw.bearer(viewer)
        return Call(method="GET", path=path, params=params, headers=headers)

    def _write(self, viewer: int) -> None:
        body = {"movie_id": self.draw.movie_id()}
        headers = self.draw.bearer(viewer)
        call = Call(method="POST", path="watchlist/", body=body, headers=headers)
        send(self.session, self.url, call)


def films_of(page: dict[str, Any], *, is_cached: bool) -> int:
    promise(page["is_cached"] is is_cached, "answers come from where they were expected from")
    shown = [item["movie"]["id"] for row in page["rows"] for item in row["results"]]
    promise(len(shown) == len(set(shown)), "no film is there twice")
    return len(shown)


def measure(live: LivePlatform, sizes: Sizes, *, asked: int, rounds: int) -> dict[str, Any]:
    rows = fill(live.database_url, sizes)
    live.execute(_TAKE_LISTS.format(last=sizes.users - WITHOUT_LIST))
    live.start()
    set_up(live)
    bench = Bench(live.url, Drawing(live.database_url, sizes, random.Random(6)), asked)
    bench.warm_up()
    for _ in range(rounds):
        bench.round()
    figures = {name: timed.summary() for name, timed in bench.timed.items()}
    show(figures)
    kept = kept_bytes(live.valkey.url)
    say(f"The cache keeps {kept:,} bytes of a page at the median.")
    return {
        "kept_bytes": kept,
        "rows": rows,
        "rounds": rounds,
        "asked_each": asked,
        "home": {"rows": ROWS, "items": ITEMS},
        "ms": {name: asdict(each) for name, each in figures.items()},
    }


def kept_bytes(url: str) -> int:
    redis = Redis.from_url(url)
    return round(statistics.median(redis.strlen(key) for key in redis.scan_iter("nexus:answer:*")))


def show(figures: dict[str, Figures]) -> None:
    say(f"{'':24} {'p50':>7} {'p95':>7} {'rounds p50':>15} {'films':>6} {'bytes':>9}")
    for name, each in figures.items():
        spread = f"{each.lowest_p50} to {each.highest_p50}"
        numbers = f"{each.p50:7.1f} {each.p95:7.1f} {spread:>15}"
        say(f"{name:24} {numbers} {each.films:6} {each.answer_bytes:9,}")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-home", description=__doc__)
    parser.add_argument("--films", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--ratings", type=int, default=1_000_000)
    parser.add_argument("--asked", type=int, default=ASKED, help="requests of a kind in a round")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--small", action="store_true", help="to try it out")
    options = parser.parse_args(arguments)
    if options.small:
        sizes = {name: SMALL[name] for name in ("films", "users", "ratings", "asked")}
        vars(options).update(sizes | {"rounds": 2})
    return options


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    signal.signal(signal.SIGTERM, terminate)
    sizes = Sizes(films=options.films, users=options.users, ratings=options.ratings)
    with platform(None) as live:
        result = measure(live, sizes, asked=options.asked, rounds=options.rounds)
        result |= {"postgres": version(live), "machine": describe_machine()}
    say(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
