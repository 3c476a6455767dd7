"""One stream of Server-Sent Events, from its first byte to its last."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from uuid import UUID

from django.utils import timezone

from . import counts
from .counts import Reason
from .hub import Hub, Watcher
from .states import Event, Keys, events_between

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# How long a client waits before it connects again; all that lost one process would come at once.
RETRY_MILLISECONDS = 3_000
HEARTBEAT = b":\n\n"


class Stream:
    """Sends what is newest when the client can take it: while it cannot, nothing gathers.

    The server stops taking bytes when a client does not read (64 KiB), and the kernel ends the
    connection of one that reads nothing for long.
    """

    __slots__ = ("_has_told", "_is_beat_due", "_known", "_send", "_sending", "watcher")

    def __init__(self, user_id: int, session_id: UUID, *, known: Keys | None, send: Send) -> None:
        self.watcher = Watcher(user_id, session_id, self._wake)
        self._known = known
        self._send = send
        self._sending: asyncio.Task[None] | None = None
        self._is_beat_due = False
        self._has_told = False

    async def run(self, hub: Hub, receive: Receive) -> Reason:
        """Until the client goes or the watcher is ended."""
        await self._send_bytes(f"retry: {RETRY_MILLISECONDS}\n\n".encode())
        hub.add(self.watcher)
        try:
            # Also what a server says when the last byte was taken.
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            hub.remove(self.watcher)
            await self._stop_sending()
        return self.watcher.ended or Reason.CLIENT

    def beat(self) -> None:
        self._is_beat_due = True
        self._wake()

    def _wake(self) -> None:
        if self._sending is None:
            self._sending = asyncio.create_task(self._send_news())

    async def _stop_sending(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait([self._sending])

    async def _send_news(self) -> None:
        try:
            while news := self._take_news():
                await self._send_bytes(news)
            if self.watcher.ended:
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._sending = None

    def _take_news(self) -> bytes:
        """All that there is to tell now; what was told before is not told again."""
        if self.watcher.ended:
            return b""
        state, is_fresh = self.watcher.state, self._has_told
        events = [] if state is None else list(events_between(self._known, state))
        if state is not None:
            self._known, self._has_told = state.keys, True
        is_beat_due, self._is_beat_due = self._is_beat_due, False
        if events:
            # Whoever comes back is told what came long before.
            _count(events, is_fresh=is_fresh)
            return b"".join(event.text for event in events)
        return HEARTBEAT if is_beat_due else b""

    async def _send_bytes(self, body: bytes) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": True})


def _count(events: list[Event], *, is_fresh: bool) -> None:
    now = timezone.now()
    for event in events:
        counts.EVENTS.labels(event.kind).inc()
        if is_fresh and event.since is not None:
            counts.SECONDS.observe(max(0.0, (now - event.since).total_seconds()))
