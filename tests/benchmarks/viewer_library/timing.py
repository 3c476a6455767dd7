"""Times requests over HTTP, one after the other on one connection."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import requests

from tests.benchmarks.sync import say
from tests.benchmarks.viewer_library.drawing import Call, Drawing, NothingToDrawError
from tests.benchmarks.viewer_library.operations import LEAVING, Maker
from tests.benchmarks.viewer_library.viewer_rows import HEAVY_VIEWER

WARM_UP = 20
TIMEOUT_S = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """Milliseconds, and how many bytes the median answer had."""

    p50: float
    p95: float
    max: float
    answer_bytes: int


def time_every(
    url: str, draw: Drawing, makers: Mapping[str, Maker], *, asked: int
) -> dict[str, Figures]:
    """Each operation as another viewer every time."""
    session = requests.Session()
    return {
        name: _time(
            name,
            session,
            url,
            lambda maker=maker, name=name: maker(draw, _viewer(draw, name)),
            asked=asked,
        )
        for name, maker in makers.items()
    }


def time_heavy(
    url: str, draw: Drawing, makers: Mapping[str, Maker], *, asked: int
) -> dict[str, Figures]:
    """Each as the viewer with the most ratings."""
    session = requests.Session()
    return {
        name: _time(name, session, url, lambda maker=maker: maker(draw, HEAVY_VIEWER), asked=asked)
        for name, maker in makers.items()
    }


def _viewer(draw: Drawing, name: str) -> int:
    return draw.leaving_viewer_id() if name in LEAVING else draw.viewer_id()


def _time(
    name: str, session: requests.Session, url: str, make: Callable[[], Call], *, asked: int
) -> Figures:
    for _ in range(WARM_UP):
        send(session, url, _drawn(make))
    timed: list[tuple[float, int]] = []
    for _ in range(asked):
        call = _drawn(make)
        began = time.perf_counter()
        response = send(session, url, call)
        timed.append(((time.perf_counter() - began) * 1000, len(response.content)))
    figures = _figures([each for each, _ in timed], [size for _, size in timed])
    say(
        f"{name:42} {figures.p50:8.1f} {figures.p95:8.1f} {figures.max:8.1f} ms"
        f" {figures.answer_bytes:8,} bytes"
    )
    return figures


def _drawn(make: Callable[[], Call]) -> Call:
    while True:
        try:
            return make()
        except NothingToDrawError:
            continue


def _figures(milliseconds: list[float], sizes: list[int]) -> Figures:
    return Figures(
        p50=round(statistics.median(milliseconds), 1),
        p95=round(statistics.quantiles(milliseconds, n=20, method="inclusive")[18], 1),
        max=round(max(milliseconds), 1),
        answer_bytes=round(statistics.median(sizes)),
    )


def send(session: requests.Session, url: str, call: Call) -> requests.Response:
    response = session.request(
        call.method,
        f"{url}/{call.path}",
        params=call.params,
        json=call.body,
        headers=call.headers,
        timeout=TIMEOUT_S,
    )
    if not response.ok:
        raise SystemExit(
            f"{call.method} {response.url} was answered {response.status_code}: {response.text}"
        )
    return response
