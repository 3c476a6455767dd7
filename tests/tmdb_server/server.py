"""Puts the parts together and keeps them running in an event loop of their own."""

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.tmdb_server.arrivals import Arrivals
from tests.tmdb_server.catalogue import Catalogue
from tests.tmdb_server.export import Export
from tests.tmdb_server.listener import Listener
from tests.tmdb_server.service import Service
from tests.tmdb_server.sources import read_records

REAL_RATE = 40


@dataclass(frozen=True, kw_only=True)
class Options:
    port: int
    token: str
    # None: the titles of our own starter set.
    catalogue: Path | None = None
    # Requests in a second; 0: any number.
    rate: int = REAL_RATE
    # None: as many titles as the catalogue has.
    export_lines: int | None = None
    log: Path | None = None


class Server:
    def __init__(self, options: Options) -> None:
        self._options = options
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, on_ready: Callable[[str], None]) -> None:
        """Until `stop` is called."""
        self.loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tmdb-stand-in-"))
            self._listener = Listener(self._service(stack, Path(folder)).handle, self._options.port)
            await self._listener.open()
            on_ready(self._listener.url)
            await self._stopped.wait()
            self._listener.close()
            # The connections that were broken off are closed in the loop's next round.
            await asyncio.sleep(0)

    def stop(self) -> None:
        self._stopped.set()

    def pause(self) -> None:
        """Refuse connections, as a host does on which nothing listens; all is kept."""
        self._listener.close()

    def resume(self) -> None:
        task = self.loop.create_task(self._listener.open())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _service(self, stack: ExitStack, folder: Path) -> Service:
        options = self._options
        catalogue = Catalogue(read_records(options.catalogue))
        log = stack.enter_context(options.log.open("a")) if options.log else None
        return Service(
            catalogue,
            Export(catalogue, folder, lines=options.export_lines),
            Arrivals(log=log),
            token=options.token,
            rate=options.rate,
        )
