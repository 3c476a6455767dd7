"""A long poll: waits for a list without holding a thread."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from .counts import Reason
from .hub import Hub, Watcher
from .streams import Receive


@dataclass(frozen=True, slots=True)
class Wait:
    """What a request waits for: a list of at least this revision, for so many seconds."""

    user_id: int
    session_id: UUID
    revision: int
    seconds: int


async def wait_for_list(wait: Wait, hub: Hub, receive: Receive, *, since: int) -> Reason:
    """Until the viewer reads such a list, or there is another reason to wait no longer.

    `since`: what the hub had heard before it was seen that there is none.
    """
    changed = asyncio.Event()
    watcher = Watcher(wait.user_id, wait.session_id, changed.set)
    hub.add(watcher, since=since)
    gone = asyncio.create_task(_disconnected(receive))
    gone.add_done_callback(lambda _task: changed.set())
    try:
        async with asyncio.timeout(wait.seconds):
            while not (gone.done() or watcher.ended or _is_there(watcher, wait.revision)):
                await changed.wait()
                changed.clear()
    except TimeoutError:
        return Reason.TIME
    finally:
        hub.remove(watcher)
        gone.cancel()
    if gone.done() and not gone.cancelled():
        return Reason.CLIENT
    return watcher.ended or Reason.ANSWERED


def _is_there(watcher: Watcher, revision: int) -> bool:
    return watcher.state is not None and watcher.state.revision >= revision


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
