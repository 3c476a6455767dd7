"""Runs Schemathesis against a server of its own: `make fuzz`.

Arguments go to `schemathesis run`, such as `--max-examples 1000` or `--include-name-regex auth`.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from stack.servers import Valkey
from tests.flows.live import LivePlatform, fresh_database
from tests.flows.processes import ROOT, python

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
DOCUMENT = ROOT / "docs" / "openapi.json"


def main(arguments: list[str]) -> int:
    with (
        tempfile.TemporaryDirectory(prefix="nexus-fuzzing-") as name,
        fresh_database(os.environ["DATABASE_URL"]) as database_url,
        Valkey(Path(name) / "valkey") as valkey,
    ):
        # Nothing here sends a request to TMDb, but operators may ask for it.
        platform = LivePlatform(
            database_url,
            valkey,
            Path(name),
            programs=("web",),
            variables={"TMDB_API_TOKEN": "of-fuzzing"},
        )
        platform.manage("migrate", "-v0")
        platform.run("-m", "tests.fuzzing.world")
        try:
            platform.start()
            code = fuzz(platform, arguments)
        finally:
            platform.stop()
        report(platform)
        return code


def fuzz(platform: LivePlatform, arguments: list[str]) -> int:
    command = python("-m", "schemathesis.cli", "--config-file", str(CONFIGURATION), "run")
    origin = platform.url.removesuffix("/api/v1")
    environment = {
        **os.environ,
        **platform.environment,
        "FUZZED_API": platform.url,
        "FUZZED_COUNTS": str(counts(platform)),
    }
    return subprocess.call(
        [*command, str(DOCUMENT), "--url", origin, *arguments], cwd=ROOT, env=environment
    )


def counts(platform: LivePlatform) -> Path:
    return platform.folder / "counts.json"


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def report(platform: LivePlatform) -> None:
    found = json.loads(counts(platform).read_text())
    say("\nRandom requests and their successes, besides requests at the edges of the schema:")
    for operation, number in found["sent"].items():
        say(f"{number:7} {found['successes'][operation]:7} {operation}")
    say("\nExcused refusals:")
    for reason, number in found["excused"].items():
        say(f"{number:7} {reason}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
