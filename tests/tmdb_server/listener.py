"""The listening socket, which can be closed and opened again on the same port."""

import asyncio

from tests.tmdb_server.connections import Connection, Handler

HOST = "127.0.0.1"


class Listener:
    def __init__(self, handle: Handler, port: int) -> None:
        self.url = f"http://{HOST}:{port}"
        self._handle = handle
        self._port = port
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()

    async def open(self) -> None:
        """Also after `close`; when it is open nothing happens."""
        if self._server is None:
            self._server = await asyncio.get_running_loop().create_server(
                lambda: Connection(self._handle, opened=self._connections), HOST, self._port
            )

    def close(self) -> None:
        """Refuse connections, and break off those that are open."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in list(self._connections):
            connection.close()
