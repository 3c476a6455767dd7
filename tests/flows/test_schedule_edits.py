"""An operator edits periodic tasks in the browser; a running beat follows, and keeps to it."""

from collections.abc import Iterator
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import pytest
import requests

from .live import PASSWORD, LivePlatform

pytestmark = pytest.mark.flow

NAME = "Purge replaced lists"
ROW = (
    "SELECT interval_id, crontab_id, enabled, last_run_at, total_run_count"
    " FROM django_celery_beat_periodictask WHERE name = %s"
)
MAKE_OPERATOR = (
    "UPDATE users_user SET is_staff = true, is_superuser = true WHERE id = %s RETURNING email"
)
RESTORE = f"""
from django_celery_beat.models import PeriodicTask
PeriodicTask.objects.filter(name="{NAME}").delete()
from workers.schedule import create_schedules
create_schedules()
"""


class Form(HTMLParser):
    """What a browser would send for the fields of the page as it stands."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._select = self._text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given and self._select:
            self.values[self._select] = given.get("value") or ""
        elif tag == "textarea":
            self._text = name
            self.values[name] = ""
        elif tag == "input" and name:
            self._read_input(name, given.get("type"), given)

    def _read_input(self, name: str, kind: str | None, given: dict[str, str | None]) -> None:
        if kind == "checkbox" and "checked" in given:
            self.values[name] = given.get("value") or "on"
        elif kind not in ("checkbox", "submit", "button"):
            self.values[name] = given.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self._text:
            self.values[self._text] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.values[self._text] = self.values[self._text].strip()
            self._text = ""


class Browser:
    """The admin over HTTP, signed in."""

    def __init__(self, platform: LivePlatform, email: str) -> None:
        self.base = platform.url.replace("/api/v1", "/admin")
        self.session = requests.Session()
        self.submit("/login/", username=email, password=PASSWORD, next="/admin/")

    def submit(self, path: str, **changed: str | None) -> None:
        """Open the page, change fields of its form (None: untick) and send it."""
        page = self.session.get(f"{self.base}{path}", timeout=30)
        values: dict[str, Any] = Form(page.text).values | changed
        sent = {name: value for name, value in values.items() if value is not None}
        answer = self.session.post(
            f"{self.base}{path}", data=sent, timeout=30, allow_redirects=False
        )
        assert answer.status_code == 302, answer.text


@pytest.fixture
def browser(platform: LivePlatform) -> Iterator[Browser]:
    (email,) = platform.row(MAKE_OPERATOR, platform.register().id)
    yield Browser(platform, email)
    platform.manage("shell", "-v0", "-c", RESTORE)


def test_an_edit_is_followed_without_and_kept_over_a_restart(
    platform: LivePlatform, browser: Browser
) -> None:
    beat = platform.processes["beat"]
    (row_id,) = platform.row("SELECT id FROM django_celery_beat_periodictask WHERE name = %s", NAME)
    page = f"/django_celery_beat/periodictask/{row_id}/change/"
    pid = beat.pid

    browser.submit("/django_celery_beat/intervalschedule/add/", every="1", period="seconds")
    (interval,) = platform.row("SELECT id FROM django_celery_beat_intervalschedule WHERE every = 1")
    browser.submit(page, interval=str(interval), crontab="")
    first = platform.eventually(lambda: _sent_after(platform, None), within=15)
    platform.eventually(lambda: _sent_after(platform, first), within=15)
    assert beat.pid == pid

    beat.stop()
    platform.manage("migrate", "-v0")
    assert platform.row(ROW, NAME)[:3] == (interval, None, True)
    stopped = platform.row(ROW, NAME)[3]
    beat.start()
    platform.eventually(lambda: _sent_after(platform, stopped), within=20)
    assert platform.row(ROW, NAME)[:3] == (interval, None, True)

    browser.submit(page, enabled=None)
    beat.stop()
    platform.manage("migrate", "-v0")
    runs = platform.row(ROW, NAME)[4]
    sweeps = _runs_of_sweep(platform)
    beat.start()
    # Four seconds; the other task, were it still sent, would have been due in one.
    platform.eventually(lambda: _runs_of_sweep(platform) > sweeps + 2, within=30)
    assert platform.row(ROW, NAME) == (interval, None, False, None, runs)


def _sent_after(platform: LivePlatform, moment: datetime | None) -> datetime | None:
    last: datetime | None = platform.row(ROW, NAME)[3]
    return last if last and (moment is None or last > moment) else None


def _runs_of_sweep(platform: LivePlatform) -> int:
    runs: int = platform.row(ROW, "Sweep")[4]
    return runs
