"""The paths below /stand-in/, by which a test sees and steers the server while it runs."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.tmdb_server.answers import Answer, as_json
from tests.tmdb_server.api import Api
from tests.tmdb_server.arrivals import Arrivals
from tests.tmdb_server.catalogue import Catalogue
from tests.tmdb_server.changes import Changes
from tests.tmdb_server.connections import Request
from tests.tmdb_server.export import Export
from tests.tmdb_server.faults import Fault
from tests.tmdb_server.rate_limit import SlidingLimit


@dataclass(frozen=True, kw_only=True)
class Scripting:
    api: Api
    arrivals: Arrivals
    catalogue: Catalogue
    changes: Changes
    export: Export
    faults: list[Fault]
    limit: SlidingLimit

    def answer(self, request: Request) -> Answer:
        _, _, name, *arguments = request.path.split("/")
        action = ACTIONS.get((request.method, name))
        if action is None:
            return as_json({"error": "no such action"}, status=404)
        try:
            done = action(self, *arguments, *([json.loads(request.body)] if request.body else []))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            return as_json({"error": repr(error)}, status=400)
        return done if isinstance(done, Answer) else as_json(done)

    def ready(self) -> Mapping[str, int]:
        return {"titles": len(self.catalogue.entries)}

    def show_arrivals(self) -> Answer:
        return Answer(body=self.arrivals.lines().encode())

    def clear_arrivals(self) -> None:
        self.arrivals.clear()

    def summary(self) -> Mapping[str, Any]:
        return self.arrivals.summary()

    def show_faults(self) -> list[Mapping[str, Any]]:
        return [fault.to_json() for fault in self.faults]

    def add_faults(self, content: list[Mapping[str, Any]]) -> None:
        self.faults.extend([Fault.from_json(fault) for fault in content])

    def clear_faults(self) -> None:
        self.faults.clear()

    def edit_movie(self, identifier: str, fields: Mapping[str, Any]) -> None:
        self.catalogue.edit(int(identifier), fields)

    def remove_movie(self, identifier: str) -> None:
        self.catalogue.remove(int(identifier))

    def script_changes(self, day: str, identifiers: list[int]) -> None:
        self.changes.script(date.fromisoformat(day), identifiers)

    def write_export(self, day: str) -> None:
        self.export.file(date.fromisoformat(day))

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Of `rate`, `retry_after` and `today`; null is no header and the day that it is."""
        unknown = settings.keys() - {"rate", "retry_after", "today"}
        if unknown:
            raise KeyError(*unknown)
        if "rate" in settings:
            self.limit.limit = settings["rate"]
        if "retry_after" in settings:
            self.limit.retry_after = settings["retry_after"]
        if "today" in settings:
            today = settings["today"]
            self.api.fixed_today = date.fromisoformat(today) if today else None


ACTIONS: Mapping[tuple[str, str], Callable[..., Any]] = {
    ("GET", "ready"): Scripting.ready,
    ("GET", "arrivals"): Scripting.show_arrivals,
    ("DELETE", "arrivals"): Scripting.clear_arrivals,
    ("GET", "summary"): Scripting.summary,
    ("GET", "faults"): Scripting.show_faults,
    ("POST", "faults"): Scripting.add_faults,
    ("DELETE", "faults"): Scripting.clear_faults,
    ("POST", "movies"): Scripting.edit_movie,
    ("DELETE", "movies"): Scripting.remove_movie,
    ("POST", "changes"): Scripting.script_changes,
    ("POST", "exports"): Scripting.write_export,
    ("POST", "settings"): Scripting.configure,
}
