"""What many ratings at once cost, on a platform of its own whose web server runs alone.

`make bench-bulk` sends 10, 100 and 1,000 ratings in one request: all new, all as they were, all
changed; beside 100 single requests. No workers run: the lists that they write would be counted as
WAL of the requests. Then it times the steps of 1,000 in this process, beside those of a serializer
of many with `bulk_create`. It prints a table and last one JSON line.
"""

import argparse
import json
import secrets
import signal
import statistics
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg2

from stack.tour import Viewer
from tests.benchmarks.bulk.over_http import SINGLE, Bench
from tests.benchmarks.machine import describe_machine
from tests.benchmarks.viewer_library.__main__ import platform, set_up, terminate
from tests.flows.live import LivePlatform

FILMS = 1_000
ROUNDS = 40
_MAKE_FILMS = """
    INSERT INTO movies_movie (
        tmdb_id, title, original_title, year, original_language, overview, poster_path,
        backdrop_path, vote_count, popularity, adult, created_at, updated_at
    )
    SELECT 900000000 + n, 'Film ' || n, 'Film ' || n, 1930 + n %% 90, 'en', repeat('x', 300), '',
        '', 0, 0, false, now(), now()
    FROM generate_series(1, %s) AS n
    RETURNING id
"""


def register(api_url: str) -> tuple[Viewer, str]:
    viewer = Viewer(api_url)
    email = f"bench-{secrets.token_hex(6)}@example.com"
    account = {"email": email, "password": secrets.token_urlsafe(16)}
    viewer.call("POST", "auth/register/", json=account, expect=(201,))
    tokens, _ = viewer.call("POST", "auth/login/", json=account)
    viewer.use(tokens)
    return viewer, email


def measure(live: LivePlatform, *, rounds: int) -> dict[str, Any]:
    viewer, email = register(live.url)
    (user_id,) = live.row("SELECT id FROM users_user WHERE email = %s", email)
    movie_ids = [movie_id for (movie_id,) in live.rows(_MAKE_FILMS, FILMS)]
    live.execute("VACUUM ANALYZE movies_movie")
    database = psycopg2.connect(live.database_url)
    database.autocommit = True
    bench = Bench(viewer, user_id, movie_ids, database)
    for number in range(rounds):
        bench.round(number)
    single = statistics.median(bench.figures.ms[f"{SINGLE} single ratings"])
    return {
        "rounds": rounds,
        "http_ms": summaries(bench.figures.ms),
        "http_wal_bytes": summaries(bench.figures.wal_bytes),
        f"{FILMS}_single_ratings_ms_extrapolated_from_{SINGLE}": round(single * FILMS / SINGLE),
        "in_process_ms": summaries(time_in_process(user_id, movie_ids, rounds=rounds)),
        "postgres": database.server_version,
    }


def time_in_process(
    user_id: int, movie_ids: Sequence[int], *, rounds: int
) -> dict[str, list[float]]:
    from apps.users.models import User
    from tests.benchmarks.bulk import in_process

    user = User.objects.get(pk=user_id)
    bulk = in_process.time_bulk(user, movie_ids, rounds=rounds)
    return bulk | in_process.time_ordinary_way(user, movie_ids, rounds=rounds)


def summaries(figures: Mapping[str, Sequence[float]]) -> dict[str, dict[str, float]]:
    return {name: summary(values) for name, values in figures.items()}


def summary(values: Sequence[float]) -> dict[str, float]:
    p5, *_, p95 = statistics.quantiles(values, n=20)
    return {"p5": round(p5, 2), "p50": round(statistics.median(values), 2), "p95": round(p95, 2)}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make bench-bulk", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, terminate)
    with platform(None) as live:
        live.start()
        set_up(live)
        report = measure(live, rounds=options.rounds)
    for group in ("http_ms", "http_wal_bytes", "in_process_ms"):
        for name, figures in report[group].items():
            sys.stdout.write(f"{group:15} {name:32} {figures}\n")
    sys.stdout.write(json.dumps({"machine": describe_machine(), **report}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
