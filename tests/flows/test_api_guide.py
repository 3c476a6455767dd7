"""Runs the walk of docs/API_GUIDE.md: its shell, line by line, against a live platform.

The web process has the real settings of a local platform, limits of requests included. What a
block ends with is compared with the JSON below it. There `"…"` is anything, `…` within a text some
text, `"…": "…"` more fields and a last `"…"` more items; of ids, and of numbers with a fraction,
only the kind must be the same.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from stack.ports import free_port

from .live import LivePlatform
from .processes import ROOT

pytestmark = pytest.mark.flow

GUIDE = ROOT / "docs" / "API_GUIDE.md"
WRITTEN_ADDRESS = "http://127.0.0.1:8000"
TOKEN_LINE = "TOKEN=…  # from the mail"
TOKEN = re.compile(r"[0-9a-f]{32}\.[A-Za-z0-9_-]{43}")
ADDRESSEE = "ada@example.com"
BLOCK = re.compile(r"^```sh\n(.*?)^```\n(?:\n```json\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)
STATUS = re.compile(r"# (\d{3})$", re.MULTILINE)
ANYTHING = "…"
END_OF_STEP = "end-of-step"


@dataclass(frozen=True)
class Step:
    shell: str
    answer: str

    @property
    def status(self) -> str | None:
        """Of the last request, as the comment behind it says."""
        stated = STATUS.findall(self.shell)
        return stated[-1] if stated else None


def steps() -> list[Step]:
    return [Step(*found) for found in BLOCK.findall(GUIDE.read_text(encoding="utf-8"))]


@pytest.fixture
def origin(platform: LivePlatform) -> Iterator[str]:
    """Where a web process with the limits of a real platform answers."""
    platform.manage("load_starter")
    local = replace(
        platform,
        port=free_port(),
        processes={},
        programs=("web",),
        variables={
            "DJANGO_SETTINGS_MODULE": "movie_backend.settings.local",
            "SECRET_KEY": settings.SECRET_KEY,
            # Workers, which sign the tokens of mails, have the settings of tests.
            "SIGNING_KEY": settings.SIMPLE_JWT["SIGNING_KEY"],
        },
    )
    try:
        local.start()
        yield local.url.removesuffix("/api/v1")
    finally:
        local.stop()


@dataclass
class Mailbox:
    folder: Path
    seen: set[str] = field(default_factory=set)

    def new_token(self) -> str | None:
        for file in sorted(self.folder.glob("*.log")):
            text = file.read_text(encoding="utf-8")
            tokens = TOKEN.findall(text) if f"To: {ADDRESSEE}" in text else []
            for token in tokens:
                if token not in self.seen:
                    self.seen.add(token)
                    return str(token)
        return None


class Shell:
    """One bash for all steps, so that later ones have the variables of earlier ones."""

    def __init__(self, folder: Path) -> None:
        self._statuses = folder / "statuses"
        with self._statuses.open("wb") as statuses:
            self._bash = subprocess.Popen(
                ["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=statuses, text=True
            )

    def run(self, shell: str) -> tuple[str, list[str]]:
        """What the shell prints, and the statuses of its requests."""
        assert self._bash.stdin
        assert self._bash.stdout
        before = len(self._lines())
        self._bash.stdin.write(f"{shell}\necho; echo {END_OF_STEP}\n")
        self._bash.stdin.flush()
        lines = list(iter(self._bash.stdout.readline, f"{END_OF_STEP}\n"))
        return "".join(lines).strip(), self._lines()[before:]

    def close(self) -> None:
        assert self._bash.stdin
        assert self._bash.stdout
        self._bash.stdin.close()
        self._bash.stdout.close()
        self._bash.wait()

    def _lines(self) -> list[str]:
        return self._statuses.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    assert shutil.which("curl"), "The walk of the guide is written for curl."
    running = Shell(tmp_path)
    yield running
    running.close()


def test_the_walk_of_the_guide_can_be_gone(
    platform: LivePlatform, origin: str, shell: Shell
) -> None:
    mailbox = Mailbox(platform.mails)
    walk = steps()
    assert len(walk) >= 30

    for step in walk:
        text = step.shell.replace(WRITTEN_ADDRESS, origin)
        if TOKEN_LINE in text:
            text = text.replace(TOKEN_LINE, f"TOKEN={platform.eventually(mailbox.new_token)}")
        output, statuses = shell.run(text)
        assert statuses[-1:] == ([step.status] if step.status else statuses[-1:]), (text, output)
        if step.answer:
            differences = list(unlike(json.loads(step.answer), json.loads(output), "answer"))
            assert not differences, (text, output)
        else:
            assert output == "", text


def unlike(written: Any, answered: Any, place: str) -> Iterator[str]:
    """Where the answer is not as it is written in the guide."""
    if written == ANYTHING:
        return
    if type(written) is not type(answered):
        yield f"{place}: {answered!r} is no {type(written).__name__}"
    elif isinstance(written, dict):
        yield from _unlike_objects(written, answered, place)
    elif isinstance(written, list):
        yield from _unlike_arrays(written, answered, place)
    elif not _is_alike(written, answered, place):
        yield f"{place}: {answered!r} is not {written!r}"


def _unlike_objects(written: dict[str, Any], answered: dict[str, Any], place: str) -> Iterator[str]:
    names = written.keys() - {ANYTHING}
    if names - answered.keys() or (ANYTHING not in written and answered.keys() - names):
        yield f"{place}: has {sorted(answered)} instead of {sorted(written)}"
        return
    for name in names:
        yield from unlike(written[name], answered[name], f"{place}.{name}")


def _unlike_arrays(written: list[Any], answered: list[Any], place: str) -> Iterator[str]:
    items = [item for item in written if item != ANYTHING]
    if len(answered) < len(items) or (items == written and len(answered) > len(items)):
        yield f"{place}: has {len(answered)} items instead of {len(items)}"
        return
    for number, item in enumerate(items):
        yield from unlike(item, answered[number], f"{place}[{number}]")


def _is_alike(written: Any, answered: Any, place: str) -> bool:
    if isinstance(written, str):
        pattern = ".*".join(map(re.escape, written.split(ANYTHING)))
        return re.fullmatch(pattern, answered, flags=re.DOTALL) is not None
    if isinstance(written, float) or place.endswith(("id", "_id")):
        return True
    return bool(written == answered)


@pytest.mark.parametrize(
    ("written", "answered"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"a": True}),
        ({"a": 1}, {}),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"id": 1}, {"id": "1"}),
        ({"a": None}, {"a": 1}),
        ({"a": "b…d"}, {"a": "bc"}),
        ([1], [1, 2]),
        ([1, "…"], []),
    ],
)
def test_an_answer_that_is_not_as_written_is_noticed(written: Any, answered: Any) -> None:
    assert list(unlike(written, answered, "answer"))


@pytest.mark.parametrize(
    ("written", "answered"),
    [
        ({"id": 1, "score": 1.5}, {"id": 2, "score": 0.25}),
        ({"a": "…", "…": "…"}, {"a": None, "b": 2}),
        ({"a": "b…d"}, {"a": "bcd"}),
        (["…"], []),
        ([{"a": 1}, "…"], [{"a": 1}, {"a": 2}]),
    ],
)
def test_what_varies_may_vary(written: Any, answered: Any) -> None:
    assert not list(unlike(written, answered, "answer"))
