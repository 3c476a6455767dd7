"""A client that takes nothing: what is kept for it is the newest state, whatever happens."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from apps.recommendations.push.counts import Reason
from apps.recommendations.push.hub import Hub
from apps.recommendations.push.states import State
from apps.recommendations.push.streams import HEARTBEAT, Stream

MOMENT = datetime(2026, 11, 27, tzinfo=UTC)


def state_of(revision: int) -> State:
    return State(
        ((revision, revision, 1), (0,)), ((revision, revision, 1, MOMENT, MOMENT), (0, None, None))
    )


class SlowClient:
    """The server's side of a connection whose buffer is full until the client `reads`."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.may_send = asyncio.Event()
        self.may_send.set()
        self.gone = asyncio.Event()

    async def send(self, message: Any) -> None:
        await self.may_send.wait()
        self.taken.append(message["body"])
        if not message["more_body"]:
            self.gone.set()

    async def receive(self) -> dict[str, str]:
        await self.gone.wait()
        return {"type": "http.disconnect"}


async def run_stream(client: SlowClient) -> tuple[Stream, "asyncio.Task[Reason]"]:
    hub = Hub(lambda _streams: [], executor=None)  # type: ignore[arg-type]  # nothing is compared
    stream = Stream(1, uuid4(), known=None, send=client.send)
    running = asyncio.create_task(stream.run(hub, client.receive))
    await settle()
    return stream, running


async def settle() -> None:
    """Everything that can go on without a client has gone on."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_a_slow_client_is_told_the_newest_only() -> None:
    async def scenario() -> list[bytes]:
        client = SlowClient()
        stream, running = await run_stream(client)
        client.may_send.clear()
        for revision in range(1, 1_001):
            stream.watcher.update(state_of(revision))
            stream.beat()
            await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 3  # this, the stream, and the one that sends
        client.may_send.set()
        await settle()
        client.gone.set()
        assert await running is Reason.CLIENT
        return client.taken

    retry, first, newest = asyncio.run(scenario())

    assert retry == b"retry: 3000\n\n"
    assert b"id: 1-1-1-0\n" in first
    assert b"id: 1000-1000-1-0\n" in newest
    assert newest.count(b"data:") == 1


def test_a_client_that_went_while_it_was_sent_to_leaves_no_task_behind() -> None:
    async def scenario() -> int:
        client = SlowClient()
        stream, running = await run_stream(client)
        client.may_send.clear()
        stream.watcher.update(state_of(1))
        await settle()
        client.gone.set()
        await running
        return len(asyncio.all_tasks())

    assert asyncio.run(scenario()) == 1


def test_a_heartbeat_is_sent_where_there_is_nothing_else() -> None:
    async def scenario() -> list[bytes]:
        client = SlowClient()
        stream, running = await run_stream(client)
        stream.beat()
        await settle()
        stream.watcher.end(Reason.STOPPING)
        assert await running is Reason.STOPPING
        return client.taken

    assert asyncio.run(scenario())[1:] == [HEARTBEAT, b""]
