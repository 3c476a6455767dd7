"""A server in TMDb's place, for whoever has no account there: `NEXUS_TMDB=stand-in make up`."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from stack import probes
from stack.errors import StackError
from stack.ports import LOOPBACK
from stack.servers import Server
from stack.state import StandIn

if TYPE_CHECKING:
    import subprocess

STAND_IN = "stand-in"


class TMDbStandIn(Server):
    """The server of tests/tmdb_server, which runs without PostgreSQL and Redis."""

    name = "tmdb"

    def __init__(self, stand_in: StandIn, *, port: int | None, log: Path) -> None:
        super().__init__(port=port, password=stand_in.token, log=log)
        self.catalogue = stand_in.catalogue
        self.environment = {"TMDB_API_TOKEN": self.password}

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def argv(self) -> list[str]:
        given = ["--catalog", self.catalogue] if self.catalogue else []
        return [sys.executable, "-m", "tests.tmdb_server", "--port", str(self.port), *given]

    def prepare(self) -> None:
        """It keeps nothing."""

    def answers(self) -> bool:
        return probes.answers(f"{self.url}/stand-in/ready")

    def _ask_to_stop(self, process: "subprocess.Popen[bytes]") -> None:
        process.terminate()


def asked_for(environment: Mapping[str, str], known: StandIn | None) -> StandIn | None:
    """Raises StackError for a value that says nothing."""
    wish = environment.get("NEXUS_TMDB", "")
    if not wish:
        return None
    if wish != STAND_IN:
        raise StackError(f"NEXUS_TMDB is {wish!r}: it can only be {STAND_IN!r}, or empty")
    token = known.token if known else StandIn.new_token()
    return StandIn(token, _catalogue(environment.get("NEXUS_DATASETS", "")))


def _catalogue(datasets: str) -> str:
    path = Path(datasets, "tmdb", "catalog.jsonl").absolute()
    return str(path) if datasets and path.is_file() else ""
