"""What can be asked of `manage.py evaluate`, and its help."""

import math
from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from pathlib import Path
from textwrap import fill

from django.core.management.base import CommandParser, DjangoHelpFormatter

from services.evaluation.running import WITH_RECENCY
from services.recommender.evaluation.protocols import PROTOCOLS
from services.recommender.recency import RecencySettings
from services.recommender.registry import MODELS

SCALES = {"auto": None, "5": 5, "10": 10, "100": 100}
PARTS = ("test", "validation")
INTERRUPTED = 130
# What --json without a file stands for.
LAST_LINE = Path("-")
_HELP_WIDTH = 88

HELP = """\
Evaluate models on any file of ratings. Needs no database.

RATINGS is ratings.csv, a ::-separated .dat, ml-100k's u.data, any table with columns
of users, items and ratings (separated by comma, semicolon, tab or |; packed as .gz or
not), or a folder or ZIP that holds one. Ids may be texts.
"""


def seeds(text: str) -> list[int]:
    """Comma-separated whole numbers from 0, each once."""
    names = _unique(text)
    if not all(name.isascii() and name.isdecimal() for name in names):
        raise ArgumentTypeError(f"{text!r} is not a list of whole numbers such as 0,1,2")
    return [int(name) for name in names]


def models(text: str) -> list[str]:
    """Comma-separated names of known models, each once."""
    names = _unique(text)
    for name in names:
        if name not in MODELS:
            raise ArgumentTypeError(f"unknown model {name!r}; known are {', '.join(MODELS)}")
    return names


def positive(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text)):
        raise ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


class _HelpFormatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    pass


def days(text: str) -> float:
    value = _number(text)
    if not (math.isfinite(value) and value > 0):
        raise ArgumentTypeError(f"{text!r} is not a number of days above 0")
    return value


def share(text: str) -> float:
    value = _number(text)
    if not 0 <= value <= 1:
        raise ArgumentTypeError(f"{text!r} is not a share from 0 to 1")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def add_arguments(parser: CommandParser) -> None:
    parser.formatter_class = _HelpFormatter
    parser.epilog = _epilog()
    parser.add_argument("ratings", type=Path, metavar="RATINGS", help="what to evaluate on")
    parser.add_argument(
        "--protocol", choices=PROTOCOLS, default="strong", help="strong by default; see below"
    )
    parser.add_argument(
        "--models", type=models, default=list(MODELS), metavar="NAME,NAME", help=_known()
    )
    parser.add_argument(
        "--seeds",
        type=seeds,
        default=[0, 1, 2],
        metavar="0,1,2",
        help="a split for each; 0,1,2 by default",
    )
    parser.add_argument(
        "--on",
        choices=PARTS,
        default=PARTS[0],
        help="the part of the split to measure with: settings are chosen on validation, and "
        "only figures to publish come from test, the default",
    )
    parser.add_argument(
        "--baseline",
        metavar="NAME",
        help="of the models the one that the others are compared with; popularity by default, "
        "or else the first",
    )
    _add_recency_arguments(parser)
    _add_data_arguments(parser)
    _add_output_arguments(parser)


def _add_recency_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "--half-life",
        type=days,
        metavar="DAYS",
        help=f"run each model a second time, as NAME{WITH_RECENCY}, for which a viewer's events "
        "count half after so many days; for --protocol time. With NAME as the --baseline the "
        "differences tell what that is worth",
    )
    parser.add_argument(
        "--floor",
        type=share,
        metavar="SHARE",
        help="the part of an event that counts however old it is, from 0 to 1; "
        f"{RecencySettings().floor:g} by default",
    )


def _add_data_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "--scale",
        choices=SCALES,
        default="auto",
        help="the highest rating that can be given; by default 5 or 10 where no rating is above "
        "that, or else the highest one. Films of 8 of 10 or more are liked",
    )
    parser.add_argument(
        "--catalogue",
        type=Path,
        metavar="PATH",
        help="what is known of the films: lines of JSON in TMDb's shape (joined by movielens_id, "
        "by --links, or by a links.csv beside it or the ratings), or a folder or ZIP with "
        "MovieLens' movies; by default the movies beside the ratings",
    )
    parser.add_argument(
        "--links",
        type=Path,
        metavar="PATH",
        help="the links.csv, or a folder or ZIP with it, that says which items the films of "
        "--catalogue are",
    )
    parser.add_argument(
        "--max-users", type=positive, metavar="N", help="take only N users, drawn at random"
    )


def _add_output_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "--json",
        nargs="?",
        const=LAST_LINE,
        type=Path,
        metavar="FILE",
        help="write all figures as JSON to a file, or as the last line of the output",
    )
    parser.add_argument(
        "--plots",
        type=Path,
        metavar="FOLDER",
        help="draw quality against coverage and the learning curves as PNG files",
    )


def _known() -> str:
    return f"of {', '.join(MODELS)}; all by default"


def _epilog() -> str:
    lines = ["protocols:"]
    for name, protocol in PROTOCOLS.items():
        first = " ".join(protocol.definition.split("\n\n")[0].split())
        lines.append(
            fill(first, _HELP_WIDTH, initial_indent=f"  {name}: ", subsequent_indent="    ")
        )
    return "\n".join(
        (
            *lines,
            "",
            "exit codes:",
            "  0  done",
            "  1  the data cannot be evaluated so, or a file cannot be written",
            "  2  wrong usage",
            f"  {INTERRUPTED}  interrupted; what had been finished was printed",
        )
    )


def _unique(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if len(set(names)) < len(names):
        raise ArgumentTypeError(f"{text!r} names something twice")
    return names
