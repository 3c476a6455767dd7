"""Viewers, their ratings and the films in an empty database: MovieLens 1M, or invented.

What is known of the films beyond their genres is invented in either case.
"""

import argparse
import subprocess
from pathlib import Path

from django.db import connection

from tests.benchmarks.catalogue import add_films, describe_films
from tests.benchmarks.training.population import fill
from tests.flows.processes import ROOT, python

LINKS = "movielens-links.csv"


def populate(options: argparse.Namespace) -> str:
    """Fill the database with what is asked for, and say what that is."""
    shape = import_movielens(options) if options.datasets else invent(options)
    return f"{shape}, and {options.unrated:,} films that nobody rated"


def invent(options: argparse.Namespace) -> str:
    shape = fill(
        ratings=options.ratings, items=options.items, users=options.users, unrated=options.unrated
    )
    return str(shape)


def import_movielens(options: argparse.Namespace) -> str:
    """MovieLens 1M, as an operator imports it."""
    folder = Path(options.datasets) / "data"
    source = (str(folder / "ml-1m"), "--links", str(folder / LINKS))
    subprocess.run(
        python("manage.py", "load_movielens", *source), cwd=ROOT, check=True, capture_output=True
    )
    add_films(options.unrated)
    describe_films()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return "MovieLens 1M"
