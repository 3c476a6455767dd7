"""A platform with viewers, their lists and their tokens, for servers that are started on it."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.machine import describe_machine
from tests.benchmarks.viewer_library.__main__ import platform, set_up, version
from tests.benchmarks.viewer_library.drawing import Drawing
from tests.benchmarks.viewer_library.filling import Sizes, fill
from tests.flows.live import LivePlatform

from .ordinary.filling import fill_ordinary

VIEWERS = 1_000


@dataclass(frozen=True, kw_only=True)
class Filled:
    """The tokens are of different viewers, so that nothing kept of one viewer helps much."""

    live: LivePlatform
    rows: dict[str, int]
    tokens: list[str]

    def described(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "viewers": len(self.tokens),
            "postgres": version(self.live),
            "machine": describe_machine(),
        }


@contextmanager
def filled_platform(sizes: Sizes, *, is_ordinary_too: bool) -> Iterator[Filled]:
    with platform(None) as live:
        rows = fill(live.database_url, sizes)
        if is_ordinary_too:
            fill_ordinary(live)
        set_up(live)
        rng = random.Random(6)
        draw = Drawing(live.database_url, sizes, rng)
        viewers = rng.sample(range(1, sizes.users + 1), min(VIEWERS, sizes.users))
        tokens = [draw.access_token(viewer) for viewer in viewers]
        draw.connection.close()
        yield Filled(live=live, rows=rows, tokens=tokens)
