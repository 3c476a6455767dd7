"""From a viewer's rating to the list that has seen it, over HTTP, on a platform of its own.

`make bench-freshness` (`ARGS=--small` to try) fills an empty platform by SQL, trains the default
model, publishes the lists of all viewers, and has other viewers each time rate a film, at a steady
pace. Each asks for the list until it has seen the rating: first with nothing else going on, then
while all lists are built again and again and a catalogue is synced from a stand-in for TMDb, on
the same cores. After that nobody writes, and nothing may be built. Then the same two measurements
with the workers as `celery -A workers worker` starts them, the ordinary way: one worker with as
many processes for all queues, none of which yields to another. It prints tables, and last one JSON
line.
"""

import argparse
import json
import random
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.freshness import report
from tests.benchmarks.freshness.background import Background
from tests.benchmarks.freshness.stage import ORDINARY, SEPARATE, Stage, open_stage
from tests.benchmarks.freshness.stored import Stored, builds_of_others, newest_list, stored_since
from tests.benchmarks.freshness.writers import Seen, Urls, write_at_pace
from tests.benchmarks.machine import describe_machine
from tests.benchmarks.sync import say
from tests.benchmarks.viewer_library.__main__ import terminate, version
from tests.benchmarks.viewer_library.drawing import Drawing
from tests.benchmarks.viewer_library.filling import Sizes
from tests.benchmarks.viewer_library.storm import promise

SMALL = {
    "films": 3_000,
    "users": 1_000,
    "ratings": 60_000,
    "titles": 2_000,
    "seconds": 10.0,
    "idle": 5.0,
}
WARM_UP_SECONDS = 20.0


@dataclass
class Bench:
    stage: Stage
    draw: Drawing
    options: argparse.Namespace
    seen: dict[str, list[Seen]] = field(default_factory=dict)
    stored: dict[str, Stored] = field(default_factory=dict)
    idle_builds: int = 0

    def measure_with(self, programs: Sequence[str], name: str) -> None:
        self.stage.start(programs)
        self._write(WARM_UP_SECONDS)
        self._measure(name)
        with Background(self.stage, self.draw) as background:
            self._measure(f"{name}, during a rebuild")
        say(f"Meanwhile {background.done()}.")

    def stay_idle(self) -> None:
        self.stage.settle()
        before = newest_list(self.stage.live)
        say(f"Nobody writes for {self.options.idle:g} s.")
        self.stage.wait(self.options.idle)
        self.idle_builds += builds_of_others(self.stage.live, before, [])

    def _measure(self, name: str) -> None:
        before = newest_list(self.stage.live)
        say(f"{name}: {self.options.pace:g} ratings a second for {self.options.seconds:g} s.")
        self.seen[name] = seen = self._write(self.options.seconds)
        self.stage.settle()
        self.stored[name] = stored_since(self.stage.live, before)
        writers = [write.user_id for write in seen]
        self.idle_builds += builds_of_others(self.stage.live, before, writers)
        say(report.told(seen, self.stored[name]))

    def _write(self, seconds: float) -> list[Seen]:
        live = self.stage.live
        urls = Urls(api=live.url, push=live.push_url if self.options.ask == "wait" else None)
        return write_at_pace(urls, self.draw, pace=self.options.pace, seconds=seconds)


def measure(stage: Stage, options: argparse.Namespace) -> dict[str, Any]:
    rows = stage.fill()
    draw = Drawing(stage.live.database_url, stage.sizes, random.Random(9))
    bench = Bench(stage, draw, options)
    bench.measure_with(SEPARATE, report.OURS)
    bench.stay_idle()
    if not options.no_baseline:
        bench.measure_with(ORDINARY, report.ORDINARY)
    report.show(bench.seen, bench.stored, bench.idle_builds)
    promise(bool(bench.seen[report.OURS]), "something was written")
    result = report.to_json(bench.seen, bench.stored)
    return result | {
        "idle_builds": bench.idle_builds,
        "writes": sum(map(len, bench.seen.values())),
        "users": stage.sizes.users,
        "rows": rows,
    }


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-freshness", description=__doc__)
    parser.add_argument("--films", type=int, default=20_000)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--ratings", type=int, default=1_000_000)
    parser.add_argument("--titles", type=int, default=20_000, help="of the stand-in's export")
    parser.add_argument("--pace", type=float, default=20.0, help="ratings a second")
    parser.add_argument(
        "--ask",
        choices=["wait", "poll"],
        default="wait",
        help="for the list: one request that waits, of the push process, or again and again",
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="of each measurement")
    parser.add_argument("--idle", type=float, default=20.0, help="seconds in which nobody writes")
    parser.add_argument("--no-baseline", action="store_true", help="leave out the ordinary way")
    parser.add_argument("--small", action="store_true", help="to try it out")
    options = parser.parse_args(arguments)
    if options.small:
        vars(options).update(SMALL)
    return options


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    signal.signal(signal.SIGTERM, terminate)
    sizes = Sizes(films=options.films, users=options.users, ratings=options.ratings)
    with ExitStack() as stack:
        stage = open_stage(stack, sizes, titles=options.titles)
        result = measure(stage, options)
        result |= {"postgres": version(stage.live), "machine": describe_machine()}
    say(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
