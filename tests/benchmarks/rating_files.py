"""Which file of ratings a benchmark reads."""

import os
from argparse import ArgumentParser
from pathlib import Path

_DATASETS = "NEXUS_DATASETS"
_DEFAULT = Path("data", "ml-1m", "ratings.csv")


def add_ratings_argument(parser: ArgumentParser) -> None:
    parser.add_argument(
        "ratings",
        type=Path,
        nargs="?",
        metavar="RATINGS",
        help=f"ratings; by default {_DEFAULT} in the folder that ${_DATASETS} names",
    )


def default_ratings(parser: ArgumentParser) -> Path:
    """Ends the command with an error where nobody says where the data sets are."""
    folder = os.environ.get(_DATASETS)
    if not folder:
        parser.error(
            f"name a file of RATINGS, or set {_DATASETS} to a folder that holds {_DEFAULT}"
        )
    return Path(folder) / _DEFAULT
