"""Asks for pages over one connection, as a viewer only where the request needs one."""

from collections.abc import Sequence
from dataclasses import dataclass

import requests

from tests.benchmarks.search.asking import TIMEOUT_S, Answer, Hit
from tests.benchmarks.search.queries import Query
from tests.benchmarks.sync import say

SLOWEST = 10


@dataclass(slots=True)
class Browser:
    """`beyond` counts pages behind the last one: not every answer has a second page."""

    url: str
    session: requests.Session
    token: str
    beyond: int = 0

    def find(self, address: str) -> list[Hit]:
        """Any other answer ends the benchmark: it would measure how errors are told."""
        headers = {"Authorization": f"Bearer {self.token}"} if "hide_seen=true" in address else {}
        response = self.session.get(f"{self.url}/{address}", headers=headers, timeout=TIMEOUT_S)
        if response.status_code == requests.codes.not_found and "page=" in address:
            self.beyond += 1
            return []
        if response.status_code != requests.codes.ok:
            raise SystemExit(f"{address} was answered {response.status_code}: {response.text}")
        return [Hit(film["id"], film["title"]) for film in response.json()["results"]]


def count_empty(answers: Sequence[Answer]) -> int:
    """Of the first pages."""
    return sum(not each.hits and "page=" not in each.query.text for each in answers)


def slowest(answers: Sequence[Answer]) -> list[tuple[float, Query]]:
    by_ms = sorted(answers, key=lambda each: each.ms, reverse=True)
    return [(round(each.ms, 1), each.query) for each in by_ms[:SLOWEST]]


def show_slowest(answers: Sequence[Answer]) -> None:
    say(f"\nThe {SLOWEST} slowest")
    for ms, query in slowest(answers):
        say(f"{ms:9.1f} ms  {query.kind}: {query.text}")
