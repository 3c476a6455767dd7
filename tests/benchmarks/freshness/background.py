"""What goes on beside the viewers: all lists are built, again and again, and a catalogue synced."""

import threading
from dataclasses import dataclass, field
from typing import Any, Self

import requests

from tests.benchmarks.freshness.stage import Stage
from tests.benchmarks.viewer_library.drawing import Drawing
from tests.benchmarks.viewer_library.viewer_rows import OPERATOR

POLL_SECONDS = 0.2
BEGIN_SECONDS = 60
_OPEN = ("requested", "building", "ready")
_BUILDS = "SELECT EXISTS (SELECT FROM recommendations_generation WHERE state = 'building')"
_SYNCED = "SELECT count(*) FROM movies_movie WHERE synced_at IS NOT NULL AND tmdb_id IS NOT NULL"


@dataclass
class Background:
    """Begins with the block and goes on until its end, where what is under way is cancelled."""

    stage: Stage
    draw: Drawing
    generations: list[int] = field(default_factory=list)
    _is_over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self.session = requests.Session()
        self.session.headers.update(self.draw.bearer(OPERATOR))
        self.synced_before = self._synced()
        self._post("sync-runs", {"kind": "export"})
        self._thread = threading.Thread(target=self._build_again)
        self._thread.start()
        self.stage.live.eventually(
            lambda: self._synced() > self.synced_before, within=BEGIN_SECONDS
        )
        self.stage.live.eventually(lambda: self.stage.live.row(_BUILDS)[0], within=BEGIN_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()
        for run in self._get("sync-runs")["results"]:
            self._cancel("sync-runs", run["id"])
        self.titles = self._synced() - self.synced_before

    def done(self) -> str:
        return f"{len(self.generations)} builds of all lists begun, and {self.titles:,} titles"

    def _build_again(self) -> None:
        while not self._is_over.is_set():
            generation = self._post("generations", {})["id"]
            self.generations.append(generation)
            while self._get(f"generations/{generation}")["state"] in _OPEN:
                if self._is_over.wait(POLL_SECONDS):
                    self._cancel("generations", generation)
                    return

    def _cancel(self, path: str, run_id: int) -> None:
        """Unless it has just ended by itself."""
        self.session.delete(f"{self.stage.live.url}/ops/{path}/{run_id}/", timeout=60)

    def _synced(self) -> int:
        return int(self.stage.live.row(_SYNCED)[0])

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        url = f"{self.stage.live.url}/ops/{path}/"
        response = self.session.post(url, json=body, timeout=60)
        response.raise_for_status()
        return response.json()

    def _get(self, path: str) -> Any:
        response = self.session.get(f"{self.stage.live.url}/ops/{path}/", timeout=60)
        response.raise_for_status()
        return response.json()
