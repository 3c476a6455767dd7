"""What happens to a request before and after TMDb's own rules: pace, faults, key and log."""

import asyncio
import hashlib
import json
from collections.abc import Coroutine
from dataclasses import replace
from datetime import date
from http import HTTPStatus
from typing import Any

from tests.tmdb_server import export, faults
from tests.tmdb_server.answers import Answer, encode, refusal
from tests.tmdb_server.api import Api, page_before
from tests.tmdb_server.arrivals import Arrival, Arrivals
from tests.tmdb_server.catalogue import Catalogue
from tests.tmdb_server.changes import Changes
from tests.tmdb_server.connections import Request
from tests.tmdb_server.export import Export
from tests.tmdb_server.rate_limit import SlidingLimit
from tests.tmdb_server.scripting import Scripting

OVER_THE_LIMIT, INVALID_KEY = 25, 7
SCRIPTING = "/stand-in/"


def api_key_of(token: str) -> str:
    """The v3 key that goes with a token; as with TMDb it is taken in the query only."""
    return hashlib.sha256(token.encode()).hexdigest()[:32]


class Service:
    def __init__(
        self, catalogue: Catalogue, files: Export, arrivals: Arrivals, *, token: str, rate: int
    ) -> None:
        changes = Changes(catalogue)
        self._api = Api(catalogue, changes)
        self._export = files
        self._writing = asyncio.Lock()
        self._arrivals = arrivals
        self._limit = SlidingLimit(rate)
        self._faults: list[faults.Fault] = []
        self._bearer, self._key = f"Bearer {token}", api_key_of(token)
        self._scripting = Scripting(
            api=self._api,
            arrivals=arrivals,
            catalogue=catalogue,
            changes=changes,
            export=files,
            faults=self._faults,
            limit=self._limit,
        )

    def handle(self, request: Request) -> Answer | Coroutine[Any, Any, Answer]:
        if request.path.startswith(SCRIPTING):
            return self._scripting.answer(request)
        if request.path.startswith("/3/"):
            answer = self._paced(request)
            self._note(request, answer)
            return answer
        return self._file(request)

    def _paced(self, request: Request) -> Answer:
        if self._limit.admits(request.arrived_at):
            return self._answer(request)
        limit = self._limit
        message = f"Your request count ({limit.limit + 1}) is over the allowed limit of "
        headers = {} if limit.retry_after is None else {"Retry-After": limit.retry_after}
        return refusal(OVER_THE_LIMIT, message=f"{message}{limit.limit}.", headers=headers)

    def _answer(self, request: Request) -> Answer:
        fault = faults.first_to_strike(self._faults, request)
        if fault is None:
            return self._true_answer(request)
        if fault.replaces_answer:
            return fault.instead()
        if fault.changes_body:
            # A body is needed even by a client that knows the true one already.
            kept = {name: v for name, v in request.headers.items() if name != "if-none-match"}
            request = replace(request, headers=kept)
        answer = self._true_answer(request)
        if fault.changes_body and answer.status != HTTPStatus.OK:
            return answer
        answer = fault.spoil(answer)
        return self._with_row_of_page_before(request, answer) if fault.repeats else answer

    def _true_answer(self, request: Request) -> Answer:
        if not self._has_credential(request):
            return refusal(INVALID_KEY)
        return self._api.answer(request)

    def _has_credential(self, request: Request) -> bool:
        return (
            request.headers.get("authorization") == self._bearer
            or request.query.get("api_key") == self._key
        )

    def _with_row_of_page_before(self, request: Request, answer: Answer) -> Answer:
        content = json.loads(answer.body)
        before = json.loads(self._api.answer(page_before(request)).body)
        content["results"][:1] = before["results"][-1:]
        return answer.with_body(encode(content))

    async def _file(self, request: Request) -> Answer:
        fault = faults.first_to_strike(self._faults, request)
        if fault is not None and fault.replaces_answer:
            answer = fault.instead()
        else:
            answer = await self._export_of(export.day_of(request.path))
            answer = fault.spoil(answer) if fault is not None else answer
        self._note(request, answer)
        return answer

    async def _export_of(self, day: date | None) -> Answer:
        if day is None or not export.is_kept(day, today=self._api.today):
            return Answer(status=404, body=b"<Error/>", headers={"Content-Type": "text/xml"})
        async with self._writing:
            path = await asyncio.to_thread(self._export.file, day)
        return Answer(file=path, headers={"Content-Type": "application/gzip"})

    def _note(self, request: Request, answer: Answer) -> None:
        query = "&".join(f"{k}={v}" for k, v in request.query.items() if k != "api_key")
        self._arrivals.add(
            Arrival(
                at=request.arrived_at,
                method=request.method,
                path=request.path,
                query=query,
                status=answer.status,
                has_credential=self._has_credential(request),
            )
        )
