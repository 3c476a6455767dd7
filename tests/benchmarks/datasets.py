"""What a data set costs on a platform of its own: import, training, building, and the tour.

`make bench-datasets` starts a fresh platform for each set in a temporary folder, loads the set,
trains, builds and publishes the lists of all its users, takes the tour, and then rates films at a
steady pace as thirty viewers. It prints what the commands print, and last one JSON line.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from stack.tour import Viewer
from tests.benchmarks.machine import describe_machine

# Each set, and the file that maps its titles to TMDb where it brings none itself.
SETS = {"ml-latest-small": None, "ml-1m": "movielens-links.csv"}
# Looking at every process takes some milliseconds of a core itself.
SAMPLE_SECONDS = 0.25
MIB = 1024 * 1024

VIEWERS = 30
WRITES_PER_SECOND = 20
WRITES = 300
GIVE_UP_SECONDS = 10
POLL_SECONDS = 0.005
# Registering hashes a password, which costs a core a tenth of a second.
PASSWORD = "a benchmark's password"


@dataclass
class PeakMemory:
    """The most memory that each kind of process held while the block ran, in MiB of RSS."""

    folder: Path
    command: psutil.Process
    peaks: dict[str, float] = field(default_factory=dict)

    def sample(self) -> None:
        for process in psutil.process_iter():
            try:
                name = self._name_of(process)
                if name:
                    peak = process.memory_info().rss / MIB
                    self.peaks[name] = max(self.peaks.get(name, 0), round(peak))
            except psutil.Error:
                continue

    def _name_of(self, process: psutil.Process) -> str | None:
        if process == self.command or self.command in process.parents():
            return "command"
        line = process.cmdline()
        own = process.environ().get("NEXUS_STACK_DIR") == str(self.folder)
        return "batch worker" if own and any("batch@" in part for part in line) else None


def run(folder: Path, *arguments: str) -> tuple[float, dict[str, float]]:
    """Run a command on the platform in `folder`: seconds, and peak memory by process."""
    started = time.perf_counter()
    # All viewers register at once, and from here.
    environment = {**os.environ, "THROTTLE_REGISTER_ADDRESS": f"{VIEWERS * 10}/minute"}
    command = subprocess.Popen(
        [sys.executable, "-m", "stack", "--local-dir", folder, *arguments], env=environment
    )
    memory = PeakMemory(folder, psutil.Process(command.pid))
    while command.poll() is None:
        memory.sample()
        time.sleep(SAMPLE_SECONDS)
    if command.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {command.returncode}")
    return round(time.perf_counter() - started, 1), memory.peaks


@contextmanager
def fresh_platform() -> Iterator[tuple[Path, float]]:
    with tempfile.TemporaryDirectory(prefix="nexus-bench-") as parent:
        folder = Path(parent) / "local"
        seconds, _ = run(folder, "up")
        try:
            yield folder, seconds
        finally:
            run(folder, "down")


def measure(name: str, datasets: Path) -> dict[str, Any]:
    links = SETS[name]
    source = [str(datasets / "data" / name)]
    source += ["--links", str(datasets / "data" / links)] if links else []
    manage = ("run", "--", sys.executable, "manage.py")
    with fresh_platform() as (folder, up_seconds):
        import_seconds, import_memory = run(folder, *manage, "load_movielens", *source)
        train_seconds, train_memory = run(folder, *manage, "train")
        stack_file = folder / "stack.json"
        tour = [sys.executable, "-m", "stack.tour", "--stack-file", str(stack_file)]
        subprocess.run(tour, check=True)
        api_url = json.loads(stack_file.read_text())["api_url"]
        return {
            "set": name,
            "up_seconds": up_seconds,
            "import_seconds": import_seconds,
            "import_peak_mib": import_memory,
            "train_and_build_seconds": train_seconds,
            "train_and_build_peak_mib": train_memory,
            "freshness": measure_freshness(api_url),
        }


def measure_freshness(api_url: str) -> dict[str, float]:
    """Milliseconds from a rating's answer to the list that has seen it, at a steady pace."""
    viewers = [_register(api_url, number) for number in range(VIEWERS)]
    films = [movie["id"] for page in (1, 2) for movie in _popular(viewers[0], page)]
    waits: list[float] = []
    with ThreadPoolExecutor(VIEWERS) as pool:
        started = time.perf_counter()
        for number in range(WRITES):
            time.sleep(max(0.0, started + number / WRITES_PER_SECOND - time.perf_counter()))
            viewer, film = viewers[number % VIEWERS], films[number // VIEWERS]
            pool.submit(_rate_and_wait, viewer, film, 1 + number % 10, waits)
    if len(waits) != WRITES:
        raise SystemExit(f"only {len(waits)} of {WRITES} ratings reached their lists")
    cuts = statistics.quantiles(waits, n=100)
    return {
        "writes": WRITES,
        "writes_per_second": WRITES_PER_SECOND,
        "p50_ms": round(statistics.median(waits)),
        "p95_ms": round(cuts[94]),
        "max_ms": round(max(waits)),
    }


def _register(api_url: str, number: int) -> Viewer:
    viewer = Viewer(api_url)
    account = {"email": f"bench-{number}@example.com", "password": PASSWORD}
    viewer.call("POST", "auth/register/", json=account, expect=(201,))
    tokens, _ = viewer.call("POST", "auth/login/", json=account)
    viewer.session.headers["Authorization"] = f"Bearer {tokens['access']}"
    return viewer


def _popular(viewer: Viewer, page: int) -> list[dict[str, Any]]:
    body, _ = viewer.call("GET", "movies/", params={"page": page})
    return list(body["results"])


_appending = threading.Lock()


def _rate_and_wait(viewer: Viewer, movie_id: int, score: int, waits: list[float]) -> None:
    rating = {"movie_id": movie_id, "score": score}
    body, _ = viewer.call("POST", "ratings/", json=rating, expect=(201,))
    written = time.perf_counter()
    while time.perf_counter() - written < GIVE_UP_SECONDS:
        page, _ = viewer.call("GET", "recommendations/", params={"limit": 1})
        if page["revision"] >= body["taste_revision"]:
            with _appending:
                waits.append((time.perf_counter() - written) * 1000)
            return
        time.sleep(POLL_SECONDS)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-datasets", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="SET", help=f"of {', '.join(SETS)}; all if none"
    )
    names = parser.parse_args().names or list(SETS)
    datasets = os.environ.get("NEXUS_DATASETS")
    unknown = sorted(set(names) - SETS.keys())
    if unknown or not datasets:
        parser.error(
            f"no such set: {', '.join(unknown)}"
            if unknown
            else "NEXUS_DATASETS must name the folder that holds data/ (CONTRIBUTING.md)"
        )
    results = [measure(name, Path(datasets or "")) for name in names]
    sys.stdout.write(json.dumps({"machine": describe_machine(), "sets": results}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
