"""A platform as `make up` starts it, with a trained model, its lists and a stand-in for TMDb."""

import secrets
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from stack.ports import free_port
from stack.postgres_settings import POSTGRES_SETTINGS
from stack.servers import Postgres, Valkey
from tests.benchmarks.sync import leads_to, say
from tests.benchmarks.viewer_library.__main__ import VARIABLES, set_up
from tests.benchmarks.viewer_library.filling import Sizes, fill
from tests.benchmarks.viewer_library.storm import promise
from tests.flows.live import LivePlatform
from tests.flows.processes import celery, python
from tests.tmdb_server.stand_in import StandIn

SEPARATE = ("web", "push", "realtime", "batch", "catalog", "beat")
ORDINARY = ("web", "push", "everything", "beat")
SETTLE_SECONDS = 120
POLL_SECONDS = 0.1
# As fast as TMDb allows.
SYNC_RATE = 40
_QUIET = ("--without-gossip", "--without-mingle", "--loglevel", "WARNING")
_WAITING = "SELECT count(*) FROM favorites_taste WHERE revision > listed_revision"
# The rows that the platform is filled with name a model that nothing can be built with.
_IS_PUBLISHED = """
    SELECT EXISTS (
        SELECT FROM recommendations_activegeneration AS active
        JOIN recommendations_generation AS generation ON generation.id = active.generation_id
        JOIN recommendations_modelversion AS model ON model.id = generation.model_version_id
        WHERE model.kind <> 'local_ridge'
    )
"""
# The stand-in knows nothing of these films, and a sync would take them for removed ones.
_FORGET_TMDB = "UPDATE movies_movie SET tmdb_id = NULL, from_tmdb = false"


class AsMadeUp(LivePlatform):
    """With as many processes as the Procfile gives to each queue, and a push process."""

    @property
    def push_url(self) -> str:
        return f"http://127.0.0.1:{self.variables['PUSH_PORT']}/api/v1"

    def _commands(self) -> dict[str, tuple[str, ...]]:
        realtime = ("worker", "-Q", "realtime,maintenance", "-c", "2", "-n", "realtime@%h")
        batch = ("worker", "-Q", "batch,training,mail", "-c", "1", "-n", "batch@%h")
        catalog = ("worker", "-Q", "catalog", "-c", "2", "-n", "catalog@%h")
        return {
            **super()._commands(),
            "push": python("-m", "movie_backend.push"),
            "realtime": celery(*realtime, *_QUIET),
            "batch": celery(*batch, *_QUIET),
            "catalog": celery(*catalog, *_QUIET),
            "everything": celery("worker", "-c", "5", "-n", "everything@%h", *_QUIET),
        }


@dataclass
class Stage:
    live: AsMadeUp
    server: StandIn
    sizes: Sizes

    def fill(self) -> dict[str, int]:
        rows = fill(self.live.database_url, self.sizes)
        self.live.execute(_FORGET_TMDB)
        began = time.monotonic()
        say("Training the default model, and building the lists of all viewers.")
        # What was rated is made up, so the gate may find popularity better: it is not asked.
        self.live.manage("train", "--no-gate")
        say(f"That took {time.monotonic() - began:.0f} s.")
        promise(self.live.row(_IS_PUBLISHED)[0], "lists of the trained model are published")
        set_up(self.live)
        # What a platform that has been running for days did long ago; else it is done while the
        # first of the measurements is.
        self.live.execute("VACUUM ANALYZE")
        self.live.execute("CHECKPOINT")
        return rows

    def start(self, programs: Sequence[str]) -> None:
        self.live.stop()
        if programs == ORDINARY:
            # No work of theirs waits for anybody.
            self.live.variables = {**self.live.variables, "BACKGROUND_PATIENCE_SECONDS": "0"}
        self.live.processes.clear()
        self.live.programs = tuple(programs)
        say(f"Starting {', '.join(programs)}.")
        self.live.start()
        self.settle()

    def settle(self) -> None:
        """Until nobody waits for a list, or for as long as that may take."""
        until = time.monotonic() + SETTLE_SECONDS
        while waiting := self.live.row(_WAITING)[0]:
            if time.monotonic() > until:
                say(f"After {SETTLE_SECONDS} s {waiting:,} viewers still wait for lists.")
                return
            self.wait(POLL_SECONDS)

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


def open_stage(stack: ExitStack, sizes: Sizes, *, titles: int) -> Stage:
    """On servers that keep what was committed, as those of `make up` do."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    server = stack.enter_context(StandIn(rate=0, export_lines=titles))
    postgres = stack.enter_context(Postgres(folder / "pg", settings=POSTGRES_SETTINGS))
    valkey = stack.enter_context(Valkey(folder / "valkey"))
    keys = {name: secrets.token_hex(32) for name in ("SECRET_KEY", "SIGNING_KEY")}
    # What lists differ by is nobody's concern here.
    built = {"RECOMMENDER_MAX_CHURN": "1", "SIMULATED_VIEWERS": "false"}
    built |= {"BACKGROUND_NICENESS": "10", "PUSH_PORT": str(free_port())}
    variables = VARIABLES | keys | built | leads_to(server, rate=SYNC_RATE)
    live = AsMadeUp(postgres.url, valkey, folder, variables=variables, programs=SEPARATE)
    live.manage("migrate", "-v0")
    stack.callback(live.stop)
    return Stage(live, server, sizes)
