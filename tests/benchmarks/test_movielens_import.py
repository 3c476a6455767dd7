"""`manage.py load_movielens` as its own process: its memory must not follow the ratings."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

FILMS = 2_000
RATINGS_PER_USER = 100
ALLOWED_GROWTH_MIB = 8


def write_data_set(folder: Path, *, users: int) -> Path:
    folder.mkdir()
    with (folder / "movies.csv").open("w") as file:
        file.write("movieId,title,genres\n")
        file.writelines(f"{film},Film {film} (1999),Drama\n" for film in range(1, FILMS + 1))
    with (folder / "ratings.csv").open("w") as file:
        file.write("userId,movieId,rating,timestamp\n")
        for user in range(1, users + 1):
            file.writelines(
                f"{user},{(user * 7 + n * 13) % FILMS + 1},{n % 10 / 2 + 0.5},{10**9 + user}\n"
                for n in range(RATINGS_PER_USER)
            )
    return folder


def database_url_of_tests() -> str:
    facts = connection.settings_dict
    account = f"{quote(str(facts['USER']))}:{quote(str(facts['PASSWORD']))}"
    return f"postgres://{account}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"


def peak_mib(folder: Path, *, database_url: str) -> int:
    """Peak memory of an import that is rolled back, as the command reports it."""
    command = [sys.executable, "manage.py", "load_movielens", str(folder), "--dry-run"]
    done = subprocess.run(
        command,
        cwd=settings.ROOT,
        env=os.environ | {"DATABASE_URL": database_url},
        check=True,
        capture_output=True,
        text=True,
    )
    match = re.search(r"peak memory (\d+) MiB", done.stdout)
    assert match, done.stdout
    return int(match[1])


@pytest.mark.benchmark
@pytest.mark.timeout(900)
@pytest.mark.django_db(transaction=True)
def test_an_import_of_ten_times_the_ratings_takes_the_same_memory(tmp_path: Path) -> None:
    # Ids are cached up to a limit, so both have enough users to show what else would grow.
    small = write_data_set(tmp_path / "small", users=2_000)
    large = write_data_set(tmp_path / "large", users=20_000)

    before = peak_mib(small, database_url=database_url_of_tests())
    after = peak_mib(large, database_url=database_url_of_tests())

    assert after - before <= ALLOWED_GROWTH_MIB, (before, after)
