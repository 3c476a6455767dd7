"""Runs health checks on threads of their own, because a check may hang as its subject does."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

# Returns what there is to say; raises Unhealthy, or anything else, if the part does not work.
Check = Callable[[], str]
Session = Callable[[], AbstractContextManager[None]]


class Unhealthy(Exception):  # noqa: N818  # reads as what it says
    """A part does not do its work. The message goes to operators: no secrets, no addresses."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. `error` is for the log only: a driver's text holds addresses."""

    is_ok: bool
    detail: str
    error: BaseException | None = field(default=None, compare=False)


@dataclass(eq=False)
class Run:
    """Checks of one lane, one after the other; `findings` fills up as they answer."""

    checks: dict[str, Check]
    findings: dict[str, Finding] = field(default_factory=dict)
    done: threading.Event = field(default_factory=threading.Event)
    began_at: datetime | None = None
    _began: float = 0.0

    def begin(self) -> None:
        self.began_at, self._began = timezone.now(), time.monotonic()

    def is_overdue(self, *, limit_seconds: float) -> bool:
        return self.began_at is not None and time.monotonic() - self._began > limit_seconds

    def complete(self, session: Session) -> None:
        try:
            with session():
                for name, check in self.checks.items():
                    self.findings[name] = _finding(check)
        except Exception as error:  # noqa: BLE001  # the session is the finding of all its checks
            self.findings = dict.fromkeys(self.checks, _failure(error)) | self.findings
        finally:
            self.done.set()


class Lane:
    """Runs checks that share a resource, on at most one thread at a time.

    `session` surrounds the checks of each run; what it raises is the finding of them all.
    """

    def __init__(self, session: Session = nullcontext) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._current: Run | None = None
        self._next: Run | None = None

    def ask(self, checks: Mapping[str, Check]) -> tuple[Run, Run]:
        """A run that includes these checks and begins after this call, and the run it waits for.

        They are the same if nothing goes on here. All who ask meanwhile share the next run.
        """
        with self._lock:
            if self._current is None:
                run = self._start(Run(dict(checks)))
                return run, run
            if self._next is None:
                self._next = Run({})
            self._next.checks |= checks
            return self._next, self._current

    def _start(self, run: Run) -> Run:
        run.begin()
        # A daemon, so that a check which hangs keeps no process from ending.
        threading.Thread(target=self._work, args=[run], name="health", daemon=True).start()
        self._current = run
        return run

    def _work(self, run: Run | None) -> None:
        while run is not None:
            run.complete(self._session)
            with self._lock:
                run, self._next = self._next, None
                if run is not None:
                    run.begin()
                self._current = run


def _finding(check: Check) -> Finding:
    try:
        return Finding(is_ok=True, detail=check())
    except Exception as error:  # noqa: BLE001  # whatever it is, the part does not work
        return _failure(error)


def _failure(error: Exception) -> Finding:
    if isinstance(error, Unhealthy):
        return Finding(is_ok=False, detail=str(error), error=error.__cause__)
    return Finding(is_ok=False, detail=type(error).__name__, error=error)
