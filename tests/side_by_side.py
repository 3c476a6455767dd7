"""Runs the suite as four pytest processes side by side, each with servers of its own.

None keeps a core busy all the time: they wait for their servers and for processes that tests start.
What each but the last prints follows when all have ended.

With `--coverage` lines are traced, which takes as long as the tests themselves. Those go without it
that run no measured code, or run it a million times, or walk through every address and page once
more; of the others, the first case of each is traced.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO

# Parts that end at about the same time: the slowest one sets the time of all. Much of what is
# unmeasured waits for crashed stacks, so it takes the long computations on real ratings as well,
# whose lines the tests of `services` trace on small ones.
UNMEASURED_TESTS = (
    "tests/stack",
    "tests/apps/test_access.py",
    "tests/apps/test_foreign_rows.py",
    "tests/apps/test_library_properties.py",
    "tests/apps/test_library_races.py",
    "tests/apps/test_mass_assignment.py",
    "tests/apps/test_openapi.py",
    "tests/apps/test_openapi_document.py",
    "tests/apps/test_openapi_examples.py",
    "tests/apps/test_query_counts.py",
    "tests/services/imports/test_movielens_datasets.py",
    "tests/services/recommendations/test_explained_pairs.py",
    "tests/services/recommender/evaluation/test_gate.py",
    "tests/services/recommender/pipeline/test_breakdown.py",
    "tests/services/recommender/test_reference_bars.py",
    "tests/workers/management/test_load_movielens_datasets.py",
)
# Many short requests on one database, without a process to wait for.
WEB_AND_COMMAND_TESTS = ("tests/apps", "tests/workers/management")
# These wait for programs to start, to die and to come back. All else is a part of its own.
PROCESS_TESTS = ("tests/benchmarks", "tests/deployment", "tests/flows", "tests/fuzzing")
MEASURED = ("-m", "coverage", "run")
FIRST_CASES_ONLY = ("-p", "tests.first_cases")


def main() -> int:
    parser = argparse.ArgumentParser(prog="side_by_side", description=__doc__)
    parser.add_argument("--coverage", action="store_true", help="trace lines")
    traced = MEASURED if parser.parse_args().coverage else ()
    # Some hundred processes would each compile the project anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    apart = ignoring(*UNMEASURED_TESTS)
    with ExitStack() as beside:
        running = [
            beside.enter_context(started(command(*UNMEASURED_TESTS))),
            beside.enter_context(started(command(*PROCESS_TESTS, measured=traced))),
            beside.enter_context(started(command(*WEB_AND_COMMAND_TESTS, *apart, measured=traced))),
        ]
        rest = ignoring(*PROCESS_TESTS, *WEB_AND_COMMAND_TESTS)
        others = command(*rest, *apart, measured=traced)
        codes = [subprocess.call(others), *(process.wait() for process in running)]
    return next(filter(None, codes), 0)


def command(*arguments: str, measured: tuple[str, ...] = ()) -> list[str]:
    python = sys.executable
    traced = FIRST_CASES_ONLY if measured else ()
    pytest = ("-m", "pytest", *traced, "-m", "not faults and not benchmark")
    return [python, "-m", "stack", "with-servers", "--", python, *measured, *pytest, *arguments]


def ignoring(*paths: str) -> list[str]:
    return [f"--ignore={path}" for path in paths]


@contextmanager
def started(command: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Runs meanwhile; what it printed is shown at the end."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            yield process
        finally:
            process.terminate()
            process.wait()
            show(output)


def show(output: IO[bytes]) -> None:
    output.seek(0)
    sys.stdout.flush()
    os.write(sys.stdout.fileno(), output.read())


if __name__ == "__main__":
    sys.exit(main())
