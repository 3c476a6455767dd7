"""Buttons and pages of syncs, and films that are resynced from their own pages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from apps.movies import actions
from apps.movies.models import Movie, SyncRun
from apps.users.models import User
from tests.apps.admin_pages import action_url, client_of, messages_of, staff, url
from tests.apps.query_counts import captured_queries
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db

ADD = "movies.add_syncrun"
CANCEL = "movies.change_syncrun"
NOT_CONFIGURED = "no credential for TMDb is configured: set TMDB_API_TOKEN or TMDB_API_KEY."


def make_run(**fields: Any) -> SyncRun:
    return SyncRun.objects.create(**{"kind": "lists", "state": "running"} | fields)


@dataclass(frozen=True)
class Button:
    model: type[SyncRun] | type[Movie]
    tool: str
    kind: str
    permission: str = ADD
    make: Callable[[], Any] | None = None
    """The row it is pressed on, None for those of a list."""
    asks: bool = False

    @property
    def view(self) -> str:
        return f"movies.view_{self.model.__name__.lower()}"


BUTTONS = [
    Button(SyncRun, "sync_genres", "genres"),
    Button(SyncRun, "sync_trending", "trending"),
    Button(SyncRun, "sync_lists", "lists"),
    Button(SyncRun, "sync_changes", "changes"),
    Button(SyncRun, "refresh_old", "refresh"),
    Button(SyncRun, "blank_expired", "blank", asks=True),
    Button(SyncRun, "reconcile", "export", asks=True),
    Button(SyncRun, "cancel", "lists", CANCEL, make_run, asks=True),
    Button(Movie, "resync", "movies", make=make_movie),
]
ASKING = [button for button in BUTTONS if button.permission == ADD]
each_button = pytest.mark.parametrize("button", BUTTONS, ids=lambda button: button.tool)
each_asking = pytest.mark.parametrize("button", ASKING, ids=lambda button: button.tool)


@pytest.fixture
def account() -> User:
    return make_user(is_staff=True, is_superuser=True)


@pytest.fixture
def operator(account: User) -> Client:
    return client_of(account)


def world() -> list[Any]:
    rows: list[Any] = []
    for model in (SyncRun, LogEntry):
        rows += model.objects.order_by("pk").values()
    return rows


def press(client: Client, address: str) -> Any:
    """Press the button, agree if asked, and return the page one lands on."""
    response = client.post(address)
    if response.status_code == 200:
        response = client.post(address, {"confirmed": "yes", **response.context["asked"].carried})
    assert response.status_code == 302
    return client.get(response["Location"])


def places(button: Button) -> tuple[str, str]:
    """The page that shows the button, and where it posts to."""
    pk = button.make().pk if button.make else None
    page = url(button.model, "changelist") if pk is None else url(button.model, "change", pk)
    return page, action_url(button.model, button.tool, pk)


@each_button
def test_a_button_is_shown_to_those_who_may_press_it(button: Button) -> None:
    page, address = places(button)

    shown = client_of(staff(button.view, button.permission)).get(page).content.decode()
    hidden = client_of(staff(button.view)).get(page).content.decode()

    assert f'method="post" action="{address}"' in shown
    assert address not in hidden


@each_button
def test_a_button_is_refused_to_staff_without_its_permission(button: Button) -> None:
    _, address = places(button)
    others = {ADD, CANCEL} - {button.permission}
    before = world()

    for permissions in ({button.view}, {button.view, *others}, others, set()):
        client = client_of(staff(*permissions))
        assert client.post(address, {"confirmed": "yes"}).status_code == 403
    assert world() == before


@each_button
def test_a_button_is_pressed_by_posting_with_the_csrf_token_alone(
    account: User, operator: Client, button: Button
) -> None:
    _, address = places(button)
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(account)
    before = world()

    assert operator.get(address).status_code == 405
    assert careful.post(address, {"confirmed": "yes"}).status_code == 403
    assert world() == before


@each_button
def test_what_cannot_be_taken_back_is_asked_about(operator: Client, button: Button) -> None:
    _, address = places(button)
    before = world()

    response = operator.post(address)

    assert (response.status_code == 200) == button.asks
    assert (world() == before) == button.asks


@each_asking
def test_a_press_asks_for_a_sync_and_is_in_the_audit_trail(
    account: User, operator: Client, button: Button
) -> None:
    _, address = places(button)

    page = press(operator, address)

    run = SyncRun.objects.get()
    entry = LogEntry.objects.latest("pk")
    assert (run.kind, run.state, run.priority) == (button.kind, "requested", 1)
    assert (run.requested_by, entry.user) == (account, account)
    assert messages_of(page) == [
        f"Sync {run.pk} ({run.kind}) is asked for. Workers do it as fast as TMDb lets them."
    ]


@each_asking
def test_a_second_press_joins_the_first(operator: Client, button: Button) -> None:
    _, address = places(button)
    press(operator, address)

    page = press(operator, address)

    run = SyncRun.objects.get()
    assert messages_of(page) == [
        f"Sync {run.pk} ({run.kind}) was open already: it does what you asked for, too."
    ]
    assert LogEntry.objects.count() == 2


def test_a_press_while_one_with_limits_is_under_way_says_that_it_did_nothing(
    operator: Client,
) -> None:
    run = make_run(kind="export", scope={"limit": 1000, "min_popularity": 1.5})

    page = press(operator, action_url(SyncRun, "reconcile"))

    (message,) = messages_of(page)
    assert message == (
        f"Sync {run.pk} (export) is under way with limit 1000, min_popularity 1.5: "
        "what you asked for was not started."
    )
    assert SyncRun.objects.count() == 1


@each_asking
def test_without_a_credential_a_press_says_so_and_does_nothing(
    operator: Client, settings: Settings, button: Button
) -> None:
    settings.TMDB_API_TOKEN = settings.TMDB_API_KEY = ""
    _, address = places(button)
    before = world()

    page = press(operator, address)

    assert messages_of(page) == [f"Nothing was done: {NOT_CONFIGURED}"]
    assert world() == before


def test_without_a_credential_the_list_says_so(operator: Client, settings: Settings) -> None:
    address = url(SyncRun, "changelist")
    assert messages_of(operator.get(address)) == []

    settings.TMDB_API_TOKEN = settings.TMDB_API_KEY = ""

    assert messages_of(operator.get(address)) == [f"Nothing can be synced: {NOT_CONFIGURED}"]
    assert messages_of(operator.get(address)) == [f"Nothing can be synced: {NOT_CONFIGURED}"]


@pytest.mark.parametrize("state", ["requested", "running"])
def test_an_open_sync_is_cancelled(operator: Client, account: User, state: str) -> None:
    run = make_run(state=state)

    page = press(operator, action_url(SyncRun, "cancel", run.pk))

    run.refresh_from_db()
    entry = LogEntry.objects.get()
    assert run.state == "cancelled"
    assert (entry.user, entry.object_id, entry.get_change_message()) == (
        account,
        str(run.pk),
        "Cancelled.",
    )
    assert messages_of(page) == [f"Sync {run.pk} (lists) is cancelled. What it has stored stays."]


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_a_sync_that_has_ended_offers_no_cancelling(operator: Client, state: str) -> None:
    run = make_run(state=state)
    address = action_url(SyncRun, "cancel", run.pk)
    before = world()

    assert address not in operator.get(url(SyncRun, "change", run.pk)).content.decode()
    page = operator.post(address, {"confirmed": "yes"}, follow=True)

    assert "no longer in a state for it" in messages_of(page)[0]
    assert world() == before


def test_a_run_shows_how_far_it_is_and_what_went_wrong(operator: Client) -> None:
    run = make_run(
        phase="titles",
        total=1000,
        seen=409,
        failed=1,
        failures=[{"tmdb_id": 8077, "reason": "<b>not found</b>"}],
        dropped={"an image path": 2, "a language": 7},
        heartbeat_at=timezone.now() - timedelta(minutes=3),
        error="TMDbError: first line\nsecond line",
    )

    listed = operator.get(url(SyncRun, "changelist")).content.decode()
    shown = operator.get(url(SyncRun, "change", run.pk)).content.decode()

    for page in (listed, shown):
        assert '<progress value="0.41" max="1"></progress>\N{NO-BREAK SPACE}41' in page
        assert "3\N{NO-BREAK SPACE}min" in page
        assert "style=" not in page.partition("<progress")[2].partition("</td>")[0]
    assert "TMDbError: first line" in listed
    assert "second line" not in listed
    assert "second line" in shown
    assert "<tr><td>8077</td><td>&lt;b&gt;not found&lt;/b&gt;</td></tr>" in shown
    assert (
        "<tr><td>a language</td><td>7</td></tr><tr><td>an image path</td><td>2</td></tr>" in shown
    )


def test_the_list_asks_the_same_however_many_runs_show_their_progress(operator: Client) -> None:
    address = url(SyncRun, "changelist")

    def shown(runs: int) -> list[str]:
        for _ in range(runs):
            make_run(state="cancelled", phase="titles", total=10, checkpoint={"prepared": 2})
        with captured_queries() as statements:
            operator.get(address)
        return statements

    assert len(shown(1)) == len(shown(10))


def test_a_run_of_unknown_length_has_no_bar(operator: Client) -> None:
    make_run(total=10, seen=5)

    assert "<progress" not in operator.get(url(SyncRun, "changelist")).content.decode()


@pytest.mark.parametrize(
    ("query", "found"), [("?kind=genres", 1), ("?state=done", 2), ("?kind=export&state=done", 1)]
)
def test_runs_are_filtered_by_kind_and_state(operator: Client, query: str, found: int) -> None:
    make_run(kind="genres", state="done")
    make_run(kind="export", state="done")
    make_run(kind="export")

    page = operator.get(url(SyncRun, "changelist") + query.replace("=", "__exact="))

    assert page.context["cl"].result_count == found


def resync_chosen(client: Client, films: list[Movie], **more: str) -> Any:
    chosen = {"action": "resync_chosen", "_selected_action": [film.pk for film in films]}
    return client.post(url(Movie, "changelist"), chosen | more, follow=True)


def test_chosen_films_are_resynced_as_far_as_tmdb_knows_them(
    operator: Client, account: User
) -> None:
    films = [make_movie(), make_movie(), make_movie(tmdb_id=None)]
    make_movie()

    page = resync_chosen(operator, films)

    run = SyncRun.objects.get()
    assert (run.kind, run.requested_by) == ("movies", account)
    assert run.scope == {"tmdb_ids": [films[0].tmdb_id, films[1].tmdb_id]}
    assert messages_of(page) == [
        f"Sync {run.pk} (movies) is asked for. Workers do it as fast as TMDb lets them."
    ]
    entries = LogEntry.objects.order_by("pk")
    assert [entry.object_id for entry in entries] == [str(film.pk) for film in films[:2]]
    assert {entry.get_change_message() for entry in entries} == {
        f"Asked TMDb again, by sync {run.pk} (movies)."
    }


def test_films_that_tmdb_does_not_know_are_not_asked_for(operator: Client) -> None:
    page = resync_chosen(operator, [make_movie(tmdb_id=None)])

    assert messages_of(page) == ["Nothing was done: none of these films has a TMDb id."]
    assert world() == []


def test_more_films_than_a_sync_takes_are_refused(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MAX_SELECTED", 2)
    films = [make_movie() for _ in range(3)]

    page = resync_chosen(operator, films)

    assert messages_of(page) == ["Nothing was done: more than 2 titles at once. Choose fewer."]
    assert world() == []
    resync_chosen(operator, films[:2])
    assert SyncRun.objects.count() == 1


def test_staff_who_may_not_ask_for_syncs_choose_no_films_for_one() -> None:
    film = make_movie()
    editor = client_of(staff("movies.view_movie", "movies.change_movie"))

    assert b"resync_chosen" not in editor.get(url(Movie, "changelist")).content
    resync_chosen(editor, [film])

    assert world() == []


def test_a_film_without_a_tmdb_id_offers_no_resync(operator: Client) -> None:
    film = make_movie(tmdb_id=None)
    address = action_url(Movie, "resync", film.pk)

    assert address not in operator.get(url(Movie, "change", film.pk)).content.decode()
    page = operator.post(address, follow=True)

    assert "no longer in a state for it" in messages_of(page)[0]
    assert world() == []
