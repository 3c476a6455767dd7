"""Who is compared with the rows on joining: those of whom something was said since they looked."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest

from apps.recommendations.push.hub import KEPT_NUDGES, Hub, Watcher
from apps.recommendations.push.notifications import Nudge

VIEWER, ANOTHER = 1, 2
SECONDS = 10


def compared_on_joining(said: Sequence[Nudge], *, late: bool = False) -> bool:
    """Whether a viewer is compared who looked at the rows, joins after this and is alone then.

    `late`: who looked after it.
    """

    async def scenario(compared: list[int]) -> None:
        hub = Hub(reader(compared), pool)
        before = hub.heard
        hub.nudge(said)
        hub.add(Watcher(VIEWER, uuid4(), lambda: None), since=hub.heard if late else before)
        # Whoever says nothing of when they looked is compared, and with them all who are due.
        was_compared = asyncio.Event()
        hub.add(Watcher(ANOTHER, uuid4(), was_compared.set))
        running = asyncio.create_task(hub.run())
        async with asyncio.timeout(SECONDS):
            await was_compared.wait()
        running.cancel()

    compared: list[int] = []
    with ThreadPoolExecutor(1) as pool:
        asyncio.run(scenario(compared))
    return VIEWER in compared


def reader(compared: list[int]) -> Callable[[Sequence[tuple[int, UUID]]], list[None]]:
    def read(streams: Sequence[tuple[int, UUID]]) -> list[None]:
        compared.extend(user_id for user_id, _ in streams)
        return [None] * len(streams)

    return read


@pytest.mark.parametrize(
    "said",
    [
        [Nudge(user_id=VIEWER)],
        [Nudge(user_id=VIEWER), Nudge(user_id=ANOTHER)],
        [Nudge(is_for_all=True)],
        [Nudge(session_ids=[uuid4()])],
        # Of whom the first one was, nobody knows any more.
        [Nudge(user_id=ANOTHER)] * (KEPT_NUDGES + 1),
    ],
)
def test_whoever_joins_is_compared_if_their_rows_may_have_changed(said: list[Nudge]) -> None:
    assert compared_on_joining(said)


@pytest.mark.parametrize("number", [0, KEPT_NUDGES])
def test_what_was_said_of_others_is_no_reason(number: int) -> None:
    assert not compared_on_joining([Nudge(user_id=ANOTHER)] * number)


def test_what_was_said_before_they_looked_is_nothing_new() -> None:
    assert not compared_on_joining([Nudge(user_id=VIEWER), Nudge(is_for_all=True)], late=True)
