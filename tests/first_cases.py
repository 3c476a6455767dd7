"""A plugin of pytest that has lines traced in the first case of each test, and in no other.

Tracing takes as long as the tests themselves, and a test's cases run nearly the same lines. What a
case starts, threads and processes, is traced as the case is.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

# Coverage sets it for the processes that a traced one starts.
OF_PROCESSES = "COVERAGE_PROCESS_CONFIG"
_seen: set[str] = set()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    test, _, case = item.nodeid.partition("[")
    if case and test in _seen:
        with untraced():
            return (yield)
    _seen.add(test)
    return (yield)


@contextmanager
def untraced() -> Iterator[None]:
    of_this_thread, of_new_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)  # type: ignore[arg-type]  # its stub knows no None
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv(OF_PROCESSES, raising=False)
            yield
    finally:
        threading.settrace(of_new_threads)  # type: ignore[arg-type]
        sys.settrace(of_this_thread)
