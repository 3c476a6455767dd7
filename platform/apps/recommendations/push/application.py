"""The ASGI application of a push process: streams, waits, and what both need."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpResponseBase

from . import counts
from .answering import Answerer, Scope
from .counts import STREAM, WAIT, Reason
from .hub import Hub
from .listening import Listener
from .opening import Opening, StreamOpened, noted_wait
from .places import places
from .states import read_states
from .streams import Receive, Send, Stream
from .waits import Wait, wait_for_list

logger = logging.getLogger(__name__)

PROBES = ("/health/", "/metrics")
BODY_SECONDS = 10


class PushApplication:
    """Threads answer requests, the event loop keeps what is open.

    Connections to PostgreSQL: one for each thread of the pool, one to compare, one to listen, and
    one for probes while they ask the database.
    """

    def __init__(self, *, urlconf: str) -> None:
        self._answerer = Answerer(urlconf=urlconf)
        self._pool = ThreadPoolExecutor(settings.PUSH_THREADS, "push")
        # Whoever asks whether the process lives does not queue up behind those who come back.
        self._probing = ThreadPoolExecutor(1, "push-probe")
        self._comparing = ThreadPoolExecutor(1, "push-compare")
        self._streams: set[Stream] = set()
        self.hub = Hub(_read_states, self._comparing)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._respond(scope, receive, send)

    def stop(self) -> None:
        """End what is open; the server waits for the last bytes."""
        self.hub.stop()

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self._running():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    @contextlib.asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()

        def on_nudges(nudges: list[Any]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self.hub.nudge, nudges)

        counts.register()
        listener = Listener(on_nudges)
        listener.start()
        tasks = [loop.create_task(self.hub.run()), loop.create_task(self._beat())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            listener.stop()
            for executor in (self._pool, self._probing, self._comparing):
                executor.shutdown(wait=False, cancel_futures=True)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(settings.PUSH_HEARTBEAT_SECONDS)
            self.hub.compare_all()
            for stream in list(self._streams):
                stream.beat()

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read_body(receive)
        scope, wait = self._answerer.without_wait(scope)
        request = self._answerer.request(scope, body, wait=wait)
        heard = self.hub.heard
        response, content = await self._answer(request)
        if isinstance(response, StreamOpened) and response.opening:
            await self._stream(response, response.opening, receive, send)
            return
        waits = noted_wait(request)
        if waits is not None:
            again = self._answerer.request(scope, body, wait=None)
            if not await self._wait(waits, receive, since=heard):
                return
            response, content = await self._answer(again)
        await _send_whole(response, content, send)

    async def _answer(self, request: ASGIRequest) -> tuple[HttpResponseBase, bytes]:
        is_probe = request.path_info.startswith(PROBES)
        pool = self._probing if is_probe else self._pool
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(pool, self._answerer.answer, request)

    async def _stream(
        self, response: HttpResponseBase, opening: Opening, receive: Receive, send: Send
    ) -> None:
        stream = Stream(opening.user_id, opening.session_id, known=opening.known, send=send)
        with _counted(STREAM, opening.user_id) as close:
            self._streams.add(stream)
            try:
                await send(_head(response))
                close(await stream.run(self.hub, receive))
            finally:
                self._streams.discard(stream)

    async def _wait(self, wait: Wait, receive: Receive, *, since: int) -> bool:
        """Whether there is anybody to answer."""
        with _counted(WAIT, wait.user_id) as close:
            reason = await wait_for_list(wait, self.hub, receive, since=since)
            close(reason)
        return reason is not Reason.CLIENT


@contextlib.contextmanager
def _counted(kind: str, user_id: int) -> Any:
    """Gives back the place that a view took."""
    reasons = [Reason.CLIENT]
    try:
        counts.OPENED.labels(kind).inc()
        yield reasons.append
    finally:
        places.free(user_id)
        counts.CLOSED.labels(kind, reasons[-1].value).inc()


def _read_states(streams: Any) -> Any:
    """On a thread of ours, whose connection nobody else looks after."""
    connection = connections["default"]
    connection.close_if_unusable_or_obsolete()
    return read_states(streams)


async def _read_body(receive: Receive) -> bytes:
    """As much of it as is read anyway; one byte more is refused by the middleware for it."""
    body = b""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(BODY_SECONDS):
            while len(body) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                message = await receive()
                body += message.get("body", b"")
                if not message.get("more_body"):
                    break
    return body


async def _send_whole(response: HttpResponseBase, content: bytes, send: Send) -> None:
    await send(_head(response))
    await send({"type": "http.response.body", "body": content})


def _head(response: HttpResponseBase) -> dict[str, Any]:
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    headers += [
        (b"set-cookie", cookie.output(header="").strip().encode("ascii"))
        for cookie in response.cookies.values()
    ]
    return {
        "type": "http.response.start",
        "status": HTTPStatus(response.status_code).value,
        "headers": headers,
    }
