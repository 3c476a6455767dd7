"""The ordinary way to import ratings: the csv module, and Django's ORM in batches of 1,000.

It streams the file, looks nothing up twice, writes each batch with one statement that takes a
repeated rating for a change, and does all of it in one transaction. Prints one JSON line.
"""

import csv
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import django

from tests.benchmarks.machine import peak_rss_mb

BATCH = 1_000
MEGABYTES_PER_MIB = 1.048576


def import_films(folder: Path) -> dict[str, int]:
    """The ids that films of the file have here."""
    from apps.movies.models import Movie

    with (folder / "movies.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    movies = Movie.objects.bulk_create(
        [Movie(title=row["title"], original_title=row["title"]) for row in rows], batch_size=BATCH
    )
    return {row["movieId"]: movie.pk for row, movie in zip(rows, movies, strict=True)}


def import_ratings(folder: Path, movie_ids: dict[str, int], *, most: int) -> int:
    user_ids: dict[str, int] = {}
    written = 0
    with (folder / "ratings.csv").open(newline="") as file:
        rows = islice(csv.DictReader(file), most)
        while batch := list(islice(rows, BATCH)):
            add_users(user_ids, batch)
            write(batch, user_ids, movie_ids)
            written += len(batch)
    return written


def add_users(user_ids: dict[str, int], batch: Sequence[dict[str, str]]) -> None:
    """Those that come for the first time; their lists are due as after an import."""
    from django.contrib.auth.hashers import make_password
    from django.utils import timezone

    from apps.favorites.models import Taste
    from apps.users.models import User

    numbers = dict.fromkeys(row["userId"] for row in batch if row["userId"] not in user_ids)
    users = User.objects.bulk_create(
        User(
            email=f"ordinary-{number}@movielens.invalid",
            origin=User.Origin.IMPORTED,
            password=make_password(None),
        )
        for number in numbers
    )
    user_ids.update((number, user.pk) for number, user in zip(numbers, users, strict=True))
    Taste.objects.bulk_create(
        Taste(user=user, revision=1, is_realtime=False, changed_at=timezone.now()) for user in users
    )


def write(
    batch: Sequence[dict[str, str]], user_ids: dict[str, int], movie_ids: dict[str, int]
) -> None:
    from apps.favorites.models import Rating

    Rating.objects.bulk_create(
        [
            Rating(
                user_id=user_ids[row["userId"]],
                movie_id=movie_ids[row["movieId"]],
                score=int(float(row["rating"]) * 2),
                rated_at=datetime.fromtimestamp(int(row["timestamp"]), UTC),
            )
            for row in batch
        ],
        update_conflicts=True,
        unique_fields=["user", "movie"],
        update_fields=["score", "rated_at", "updated_at"],
    )


def measure(folder: Path, *, most: int) -> dict[str, Any]:
    """Seconds are those of viewers and ratings: films are as many however few ratings are read."""
    from django.db import transaction

    with transaction.atomic():
        movie_ids = import_films(folder)
        began = time.perf_counter()
        written = import_ratings(folder, movie_ids, most=most)
    return {
        "ratings": written,
        "seconds": time.perf_counter() - began,
        "peak_mib": round(peak_rss_mb() / MEGABYTES_PER_MIB),
    }


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(measure(Path(sys.argv[1]), most=int(sys.argv[2]))) + "\n")
