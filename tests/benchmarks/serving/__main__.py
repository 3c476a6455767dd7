"""The hot read against the ordinary way of Django REST framework, on the same data in one run.

`make bench-serving` (`ARGS=--small` to try) fills an empty platform by SQL, writes the same lists
once more as one row per recommendation, and serves both: ours, and a ListAPIView of
ModelSerializers (`ordinary/`) behind the same authentication, throttles and middleware. That both
tell the same in as many bytes is looked at first. Each way is tried with each of some servers and
settings, and measured at its best. Then both run, are asked for a while, as processes in service
were, and rounds alternate: 16 connections, and one, as another viewer each time, drawn at random of
1,000. After that come, of ours, answers to conditional requests, 200 connections for a minute, and
what its processes hold after 200,000 requests. It prints tables, and last one JSON line.
"""

import argparse
import json
import signal
import sys
from collections.abc import Sequence

from tests.benchmarks.sync import say
from tests.benchmarks.viewer_library.__main__ import SMALL, terminate
from tests.benchmarks.viewer_library.filling import Sizes

from .filled import filled_platform
from .measuring import Bench, Lengths
from .servers import CANDIDATES

SMALL_LENGTHS = {
    "rounds": 2,
    "seconds": 2.0,
    "trial_seconds": 1.0,
    "warm_seconds": 2.0,
    "many_seconds": 5.0,
    "memory_requests": 5_000,
}


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-serving", description=__doc__)
    parser.add_argument("--films", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--ratings", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=8.0, help="of a way in a round")
    parser.add_argument("--trial-seconds", type=float, default=4.0, help="of a server's settings")
    parser.add_argument("--warm-seconds", type=float, default=60.0, help="of a way, beforehand")
    parser.add_argument("--many-seconds", type=float, default=60.0, help="of 200 connections")
    parser.add_argument("--memory-requests", type=int, default=200_000)
    parser.add_argument(
        "--servers", default=",".join(CANDIDATES), help="that are tried, such as 'gthread 2x4'"
    )
    parser.add_argument("--compare", action="store_true", help="only whether both tell the same")
    parser.add_argument("--small", action="store_true", help="to try it out")
    options = parser.parse_args(arguments)
    if options.small:
        sizes = {name: SMALL[name] for name in ("films", "users", "ratings")}
        vars(options).update(sizes | SMALL_LENGTHS)
    return options


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    signal.signal(signal.SIGTERM, terminate)
    sizes = Sizes(films=options.films, users=options.users, ratings=options.ratings)
    lengths = Lengths(
        rounds=options.rounds,
        seconds=options.seconds,
        trial_seconds=options.trial_seconds,
        warm_seconds=options.warm_seconds,
        many_seconds=options.many_seconds,
        memory_requests=options.memory_requests,
    )
    with filled_platform(sizes, is_ordinary_too=True) as filled:
        bench = Bench(filled.live.environment, filled.live.folder, filled.tokens, lengths)
        result = bench.compare() if options.compare else bench.measure(options.servers.split(","))
        result |= filled.described()
    say(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
