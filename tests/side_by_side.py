"""Runs the suite as two pytest processes, each with servers and coverage of its own.

Half of the tests mostly wait for processes that they start; the others keep a core busy. What the
first half prints follows when both have ended.
"""

import os
import subprocess
import sys
import tempfile

PROCESS_TESTS = ("tests/deployment", "tests/flows", "tests/fuzzing", "tests/stack")


def command(*arguments: str) -> list[str]:
    python = sys.executable
    pytest = ("-m", "coverage", "run", "-m", "pytest", "-m", "not faults and not benchmark")
    return [python, "-m", "stack", "with-servers", "--", python, *pytest, *arguments]


def main() -> int:
    others = [f"--ignore={folder}" for folder in PROCESS_TESTS]
    with tempfile.TemporaryFile() as output:
        beside = subprocess.Popen(command(*PROCESS_TESTS), stdout=output, stderr=output)
        try:
            code = subprocess.call(command(*others))
            beside.wait()
        finally:
            beside.terminate()
            beside.wait()
            output.seek(0)
            sys.stdout.flush()
            os.write(sys.stdout.fileno(), output.read())
    return code or beside.returncode


if __name__ == "__main__":
    sys.exit(main())
