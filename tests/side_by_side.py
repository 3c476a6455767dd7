"""Runs the suite as three pytest processes side by side, each with servers of its own.

The processes that tests start keep no core busy for long, the other tests do. Tracing lines takes
as long as the tests themselves: those that run no measured code, or run it on a million rows, go
without. What each but the first prints follows when all have ended.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO

UNMEASURED_TESTS = (
    "tests/stack",
    "tests/services/imports/test_movielens_datasets.py",
    "tests/services/recommender/test_reference_bars.py",
    "tests/workers/management/test_load_movielens_datasets.py",
)
PROCESS_TESTS = ("tests/deployment", "tests/flows", "tests/fuzzing")
MEASURED = ("-m", "coverage", "run")


def command(*arguments: str, measured: tuple[str, ...] = MEASURED) -> list[str]:
    python = sys.executable
    pytest = ("-m", "pytest", "-m", "not faults and not benchmark")
    return [python, "-m", "stack", "with-servers", "--", python, *measured, *pytest, *arguments]


def main() -> int:
    others = [f"--ignore={path}" for path in (*UNMEASURED_TESTS, *PROCESS_TESTS)]
    with ExitStack() as beside:
        running = [
            beside.enter_context(started(command(*UNMEASURED_TESTS, measured=()))),
            beside.enter_context(started(command(*PROCESS_TESTS))),
        ]
        codes = [subprocess.call(command(*others))]
        codes += [process.wait() for process in running]
    return next(filter(None, codes), 0)


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
