"""Streams that note when they were told something."""

import asyncio
import time
from dataclasses import dataclass, field

OPENED_AT_ONCE = 32
OPEN_SECONDS = 60
TOLD_SECONDS = 60


@dataclass(eq=False)
class Client:
    """One stream. `told_at` is when the event after the last `expect` came."""

    access: str
    told: asyncio.Event = field(default_factory=asyncio.Event)
    told_at: float = 0.0
    task: asyncio.Task[None] | None = None

    async def open(self, port: int) -> None:
        reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        request = (
            "GET /api/v1/recommendations/events/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Accept: text/event-stream\r\nAuthorization: Bearer {self.access}\r\n\r\n"
        )
        self._writer.write(request.encode())
        status = await reader.readline()
        if b" 200 " not in status:
            raise RuntimeError(f"a stream was refused: {status!r}")
        self.task = asyncio.create_task(self._read(reader))

    def expect(self) -> None:
        self.told.clear()

    def close(self) -> None:
        self._writer.close()
        if self.task is not None:
            self.task.cancel()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            if line.startswith(b"event: list"):
                self.told_at = time.perf_counter()
                self.told.set()


async def open_all(clients: list[Client], port: int) -> float:
    """Open the streams, each until its first event; the seconds that it took."""
    began = time.perf_counter()
    room = asyncio.Semaphore(OPENED_AT_ONCE)

    async def open_one(client: Client) -> None:
        async with room, asyncio.timeout(OPEN_SECONDS):
            await client.open(port)
            await client.told.wait()

    await asyncio.gather(*(open_one(client) for client in clients))
    return time.perf_counter() - began


async def wait_all(clients: list[Client], since: float) -> list[float]:
    """Milliseconds from `since` to the event of each."""
    async with asyncio.timeout(TOLD_SECONDS):
        for client in clients:
            await client.told.wait()
    return [max(0.0, client.told_at - since) * 1000 for client in clients]
