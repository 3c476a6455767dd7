"""Requests to TMDb: paced, bounded, tried again where that may help, each failure named by it."""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import Protocol, TypeVar

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from . import bodies, refusals
from .circuit import Circuit, CircuitOpenError
from .credentials import Credential, CredentialAuth, keep_out_of_logs
from .errors import (
    ExportMissingError,
    RateLimitedError,
    RequestError,
    TMDbError,
    UnavailableError,
)
from .limiter import LONGEST_PAUSE_SECONDS, Limiter, Priority
from .retry_after import seconds_to_wait

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# After the first one.
ATTEMPTS = 2
FIRST_BACKOFF_SECONDS = 0.5
# Where a 429 does not say for how long.
FIRST_PAUSE_SECONDS = 2.0
# A body may take so many read time-outs as a whole.
READS = 3
_MISSING = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "nexus"}
_FILE_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "nexus"}


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`body` is None where nothing has changed since the answer of the ETag that was sent."""

    body: object
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Time-outs, and what waits between attempts."""

    connect_seconds: float = 3.0
    read_seconds: float = 10.0
    attempts: int = ATTEMPTS
    sleep: Callable[[float], None] = time.sleep
    uniform: Callable[[float, float], float] = random.uniform
    now: Callable[[], datetime] = now

    def backoff_seconds(self, failures: int) -> float:
        """Full jitter keeps clients that failed together from coming back together."""
        return self.uniform(0, FIRST_BACKOFF_SECONDS * 2.0 ** (failures - 1))

    def pause_seconds(self, failures: int) -> float:
        longest = FIRST_PAUSE_SECONDS * 2.0**failures
        return self.uniform(longest / 2, longest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """How urgent a request is, and how long it may wait for leave to be sent."""

    priority: Priority
    max_wait_seconds: float


class _Read(Protocol[T_co]):
    """Makes of an answer what is wanted; `failures` says how often it was asked for before."""

    def __call__(self, response: requests.Response, *, failures: int) -> T_co: ...


class Transport:
    """One for each process and credential; its threads share the pace and the circuit."""

    def __init__(
        self,
        *,
        url: str,
        credential: Credential,
        limiter: Limiter,
        patience: Patience | None = None,
        circuit: Circuit | None = None,
    ) -> None:
        self._url = url.rstrip("/")
        self._credential = credential
        self._limiter = limiter
        self._patience = patience or Patience()
        self._circuit = circuit or Circuit()
        self._sessions = _Sessions()
        keep_out_of_logs()

    def get(self, path: str, query: Mapping[str, str], *, turn: Turn, etag: str = "") -> Answer:
        """What TMDb's JSON says; raises a TMDbError."""
        request = _Request(
            url=f"{self._url}{path}",
            query={**query, **self._credential.query()},
            headers={**_HEADERS, **({"If-None-Match": etag} if etag else {})},
            credential=self._credential,
        )

        def read(response: requests.Response, *, failures: int) -> Answer:
            with response:
                if response.status_code == HTTPStatus.NOT_MODIFIED and etag:
                    return Answer(body=None, etag=etag)
                return self._read(response, failures)

        return self._trying(request, turn, read)

    @contextmanager
    def stream(self, url: str, *, turn: Turn) -> Iterator[requests.Response]:
        """A file, of which nothing has been read yet. No credential is sent.

        What fails while it is read is the reader's to name, with `naming_failures`.

        Raises:
            ExportMissingError: there is no such file; buckets say so with 403.
        """
        request = _Request(url=url, query={}, headers=_FILE_HEADERS, credential=None)

        def read(response: requests.Response, *, failures: int) -> requests.Response:
            if response.status_code in _MISSING:
                raise ExportMissingError("TMDb has no such file", http=response.status_code)
            if response.status_code != HTTPStatus.OK:
                raise self._refusal(response, self._refusal_body(response), failures)
            return response

        with self._trying(request, turn, read) as response:
            yield response

    def _trying(self, request: "_Request", turn: Turn, read: "_Read[T]") -> T:
        failures = 0
        while True:
            try:
                return self._once(request, turn, partial(read, failures=failures))
            except CircuitOpenError:
                raise
            except UnavailableError:
                failures += 1
                if failures > self._patience.attempts:
                    raise
                seconds = self._patience.backoff_seconds(failures)
            except RateLimitedError as error:
                # Without a status it is our own limiter, which has no room in time.
                if error.http is None:
                    raise
                failures += 1
                self._limiter.pause(error.retry_after)
                if failures > self._patience.attempts:
                    raise
                seconds = 0.0
            self._patience.sleep(seconds)

    def _once(self, request: "_Request", turn: Turn, read: Callable[[requests.Response], T]) -> T:
        # Who is refused anyway takes nobody's turn.
        self._circuit.refuse_if_open()
        slot = self._limiter.acquire(turn.priority, max_wait_seconds=turn.max_wait_seconds)

        def send() -> T:
            response = self._send(request)
            self._limiter.responded(slot)
            try:
                return read(response)
            except BaseException:
                response.close()
                raise

        return self._circuit.call(lambda: naming_failures(send))

    def _send(self, request: "_Request") -> requests.Response:
        return self._sessions.own(request.credential).get(
            request.url,
            params=request.query,
            headers=request.headers,
            timeout=(self._patience.connect_seconds, self._patience.read_seconds),
            stream=True,
            # TMDb has no reason to send us, and with us the credential, elsewhere.
            allow_redirects=False,
        )

    def _read(self, response: requests.Response, failures: int) -> Answer:
        if response.status_code != HTTPStatus.OK:
            raise self._refusal(response, self._refusal_body(response), failures)
        if not bodies.is_json(response):
            raise UnavailableError("TMDb answers with no JSON", http=response.status_code)
        body = bodies.decoded(
            bodies.read_whole(response, most=bodies.MOST_BYTES, within_seconds=self._longest)
        )
        if refusals.is_refusal(body):
            raise self._refusal(response, body, failures)
        return Answer(body=body, etag=response.headers.get("ETag", ""))

    @property
    def _longest(self) -> float:
        return READS * self._patience.read_seconds

    def _refusal_body(self, response: requests.Response) -> object:
        return bodies.refusal_body(response, within_seconds=self._longest)

    def _refusal(self, response: requests.Response, body: object, failures: int) -> TMDbError:
        http = response.status_code
        if not refusals.is_rate_limit(http, body):
            return refusals.refusal(http, body)
        asked = seconds_to_wait(response.headers.get("Retry-After"), at=self._patience.now())
        seconds = self._patience.pause_seconds(failures) if asked is None else asked
        return RateLimitedError(
            refusals.describe(http, body),
            retry_after=min(seconds, LONGEST_PAUSE_SECONDS),
            status_code=refusals.status_code(body),
            http=http,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    credential: Credential | None


class _Sessions(threading.local):
    """Connections of this thread alone; those of the process that forked it are not touched."""

    def __init__(self) -> None:
        self._process = 0
        self._sessions: dict[Credential | None, requests.Session] = {}

    def own(self, credential: Credential | None) -> requests.Session:
        if self._process != os.getpid():
            self._process, self._sessions = os.getpid(), {}
        if credential not in self._sessions:
            self._sessions[credential] = _session(credential)
        return self._sessions[credential]


def _session(credential: Credential | None) -> requests.Session:
    session = requests.Session()
    session.auth = CredentialAuth(credential)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=1, max_retries=0))
    return session


def naming_failures(call: Callable[[], T]) -> T:
    """Run what may raise errors of the libraries; they tell addresses, and none of it goes on."""
    try:
        return call()
    except requests.Timeout:
        failure: TMDbError = UnavailableError("TMDb does not answer in time")
    except (requests.ConnectionError, HTTPError) as error:
        failure = UnavailableError(f"The connection to TMDb failed: {_cause(error)}")
    except requests.RequestException as error:
        failure = RequestError(f"No request to TMDb can be made: {type(error).__name__}")
    # Outside of the handlers: an error that is raised in one keeps theirs as its context.
    raise failure


def _cause(error: BaseException) -> str:
    """The innermost class; requests and urllib3 wrap it in their own."""
    seen = [error]
    while (inner := _inner(seen[-1])) is not None and inner not in seen:
        seen.append(inner)
    return type(seen[-1]).__name__


def _inner(error: BaseException) -> BaseException | None:
    reason = getattr(error, "reason", None) or (error.args[0] if error.args else None)
    return reason if isinstance(reason, BaseException) else None
