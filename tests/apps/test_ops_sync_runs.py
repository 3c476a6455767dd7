"""Operators ask for syncs over the API, watch them and cancel them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from rest_framework.test import APIClient

from apps.movies import actions, signals
from apps.movies.models import SyncRun
from apps.movies.ops_serializers import FAILURES_SHOWN
from apps.users.models import User
from tests.apps.admin_pages import staff
from tests.apps.api import client_of, listening, refused
from tests.apps.locks import BLOCKED_WITHIN_S, in_thread, wait_until_blocked
from tests.apps.query_counts import captured_queries
from tests.factories import make_user

pytestmark = pytest.mark.django_db

RUNS = "/api/v1/ops/sync-runs/"
VIEW, ADD, CHANGE_RUN = (f"movies.{verb}_syncrun" for verb in ("view", "add", "change"))
TRENDING = {"kind": "trending"}


@pytest.fixture
def operator(db: None) -> User:
    return make_user(is_staff=True, is_superuser=True)


@pytest.fixture
def operators_client(operator: User) -> APIClient:
    return client_of(operator)


def make_run(**fields: Any) -> SyncRun:
    return SyncRun.objects.create(**{"kind": "export"} | fields)


def written() -> list[Any]:
    rows: list[Any] = []
    for model in (SyncRun, LogEntry):
        rows += model.objects.order_by("pk").values()
    return rows


def audited() -> list[tuple[User, int, str, str | None]]:
    entries = LogEntry.objects.select_related("user").order_by("pk")
    return [
        (entry.user, entry.action_flag, entry.get_change_message(), entry.object_id)
        for entry in entries
    ]


def test_a_sync_is_asked_for_and_found_at_its_address(
    operator: User, operators_client: APIClient
) -> None:
    response = operators_client.post(RUNS, TRENDING)

    run = SyncRun.objects.get()
    body = response.json()
    assert response.status_code == 202
    assert response["Location"] == f"http://testserver{RUNS}{run.pk}/"
    assert body.pop("joined") is False
    assert operators_client.get(response["Location"]).json() == body
    assert operators_client.get(RUNS).json() == {"next": None, "previous": None, "results": [body]}
    assert body.pop("created_at").endswith("Z")
    assert body == {
        "id": run.pk,
        "kind": "trending",
        "scope": {},
        "title_count": None,
        "priority": 1,
        "requested_by": operator.pk,
        "state": "requested",
        "phase": "prepare",
        "total": 0,
        "seen": 0,
        "created": 0,
        "updated": 0,
        "unchanged": 0,
        "tombstoned": 0,
        "failed": 0,
        "requests": 0,
        "failures": [],
        "dropped": {},
        "progress": None,
        "started_at": None,
        "heartbeat_at": None,
        "finished_at": None,
        "error": "",
    }
    assert audited() == [(operator, ADDITION, "Asked for.", str(run.pk))]


def test_workers_are_told_of_it_once(
    operators_client: APIClient,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with (
        listening(signals.sync_requested) as announced,
        django_capture_on_commit_callbacks(execute=True),
    ):
        operators_client.post(RUNS, TRENDING)
        operators_client.post(RUNS, TRENDING)

    run = SyncRun.objects.get()
    assert announced == [(signals.sync_requested, {"sync_run_id": run.pk})]


def test_who_asks_for_what_is_open_joins_it(operator: User, operators_client: APIClient) -> None:
    first = operators_client.post(RUNS, TRENDING).json()
    colleague = staff(VIEW, ADD)

    response = client_of(colleague).post(RUNS, TRENDING)

    assert response.status_code == 202
    assert response["Location"] == f"http://testserver{RUNS}{first['id']}/"
    assert response.json() == first | {"joined": True}
    assert SyncRun.objects.count() == 1
    pk = str(first["id"])
    assert audited() == [
        (operator, ADDITION, "Asked for.", pk),
        (colleague, CHANGE, "Asked for again.", pk),
    ]


def test_who_joins_a_sync_of_titles_adds_his_own(operators_client: APIClient) -> None:
    operators_client.post(RUNS, {"kind": "movies", "tmdb_ids": [348, 78, 348]})

    joined = operators_client.post(RUNS, {"kind": "movies", "tmdb_ids": [603, 78]}).json()

    assert joined["joined"] is True
    assert joined["scope"] == {"tmdb_ids": [348, 78, 603, 78]}


def test_a_sync_of_another_kind_is_another_one(operators_client: APIClient) -> None:
    operators_client.post(RUNS, TRENDING)

    assert operators_client.post(RUNS, {"kind": "genres"}).json()["joined"] is False
    assert SyncRun.objects.count() == 2


def test_an_operator_hurries_what_a_schedule_asked_for(operators_client: APIClient) -> None:
    run = make_run(kind="trending", priority=SyncRun.Priority.NIGHTLY)

    body = operators_client.post(RUNS, TRENDING).json()

    assert (body["id"], body["priority"], body["requested_by"]) == (run.pk, 1, None)


@pytest.mark.parametrize(
    ("body", "scope"),
    [
        ({"kind": "genres"}, {}),
        ({"kind": "lists"}, {}),
        ({"kind": "changes"}, {}),
        ({"kind": "blank"}, {}),
        ({"kind": "movies", "tmdb_ids": [1, 2**31 - 1]}, {"tmdb_ids": [1, 2**31 - 1]}),
        ({"kind": "movies", "tmdb_ids": list(range(1, 1001))}, {"tmdb_ids": list(range(1, 1001))}),
        ({"kind": "export"}, {}),
        (
            {"kind": "export", "limit": 1000, "min_popularity": 1.5},
            {"limit": 1000, "min_popularity": 1.5},
        ),
        ({"kind": "export", "min_popularity": 0}, {"min_popularity": 0}),
        ({"kind": "refresh"}, {}),
        ({"kind": "refresh", "older_than_days": 30}, {"older_than_days": 30}),
    ],
)
def test_each_kind_takes_its_own_scope(
    operators_client: APIClient, body: dict[str, Any], scope: dict[str, Any]
) -> None:
    response = operators_client.post(RUNS, body)

    assert response.status_code == 202
    assert SyncRun.objects.get().scope == scope


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["kind"]),
        ({"kind": "everything"}, ["kind"]),
        ({"kind": None}, ["kind"]),
        ({"kind": ["movies"]}, ["kind"]),
        ({"kind": "movies"}, ["tmdb_ids"]),
        ({"kind": "movies", "tmdb_ids": []}, ["tmdb_ids"]),
        ({"kind": "movies", "tmdb_ids": list(range(1, 1002))}, ["tmdb_ids"]),
        ({"kind": "movies", "tmdb_ids": [348, 0]}, ["tmdb_ids"]),
        ({"kind": "movies", "tmdb_ids": [-5]}, ["tmdb_ids"]),
        ({"kind": "movies", "tmdb_ids": [2**31]}, ["tmdb_ids"]),
        ({"kind": "movies", "tmdb_ids": [10**400]}, ["tmdb_ids"]),
        ({"kind": "movies", "tmdb_ids": ["348"]}, ["tmdb_ids"]),
        ({"kind": "movies", "tmdb_ids": [True]}, ["tmdb_ids"]),
        ({"kind": "movies", "tmdb_ids": 348}, ["tmdb_ids"]),
        ({"kind": "movies", "tmdb_ids": {"348": 1}}, ["tmdb_ids"]),
        ({"kind": "movies", "tmdb_ids": [348], "limit": 5}, ["limit"]),
        ({"kind": "trending", "limit": 5, "tmdb_ids": [348]}, ["limit", "tmdb_ids"]),
        ({"kind": "blank", "older_than_days": 5}, ["older_than_days"]),
        ({"kind": "export", "older_than_days": 5}, ["older_than_days"]),
        ({"kind": "export", "limit": 0}, ["limit"]),
        ({"kind": "export", "limit": 1.5}, ["limit"]),
        ({"kind": "export", "limit": None}, ["limit"]),
        ({"kind": "export", "min_popularity": -0.1}, ["min_popularity"]),
        ({"kind": "export", "min_popularity": "1.5"}, ["min_popularity"]),
        ({"kind": "export", "min_popularity": True}, ["min_popularity"]),
        ({"kind": "export", "min_popularity": 10**400}, ["min_popularity"]),
        ({"kind": "refresh", "older_than_days": 0}, ["older_than_days"]),
        ({"kind": "refresh", "older_than_days": 3651}, ["older_than_days"]),
    ],
    ids=str,
)
def test_a_body_that_its_kind_does_not_take_is_refused_and_changes_nothing(
    operators_client: APIClient, body: dict[str, Any], fields: list[str]
) -> None:
    response = operators_client.post(RUNS, body)

    assert sorted(refused(response, 400, "invalid")["details"]) == fields
    assert written() == []


def test_a_popularity_beyond_any_float_is_refused(operators_client: APIClient) -> None:
    body = '{"kind": "export", "min_popularity": 1e400}'

    response = operators_client.generic("POST", RUNS, body, content_type="application/json")

    assert list(refused(response, 400, "invalid")["details"]) == ["min_popularity"]
    assert written() == []


def test_without_a_credential_nothing_is_asked_for(
    operators_client: APIClient, settings: Settings
) -> None:
    settings.TMDB_API_TOKEN = settings.TMDB_API_KEY = ""

    refused(operators_client.post(RUNS, TRENDING), 409, "tmdb_not_configured")
    refused(operators_client.post(RUNS, {"kind": "x"}), 400, "invalid")
    assert written() == []

    settings.TMDB_API_KEY = "0" * 32
    assert operators_client.post(RUNS, TRENDING).status_code == 202


def test_without_a_credential_syncs_are_shown_and_cancelled(
    operators_client: APIClient, settings: Settings
) -> None:
    settings.TMDB_API_TOKEN = settings.TMDB_API_KEY = ""
    run = make_run()

    assert operators_client.get(f"{RUNS}{run.pk}/").status_code == 200
    assert operators_client.delete(f"{RUNS}{run.pk}/").json()["state"] == "cancelled"


def test_each_method_needs_its_own_permission() -> None:
    run = make_run()
    watcher, asker, canceller = (
        client_of(staff(VIEW)),
        client_of(staff(ADD)),
        client_of(staff(CHANGE_RUN)),
    )
    before = written()

    for client in (asker, canceller):
        refused(client.get(RUNS), 403, "permission_denied")
        refused(client.get(f"{RUNS}{run.pk}/"), 403, "permission_denied")
    for client in (watcher, canceller):
        refused(client.post(RUNS, TRENDING), 403, "permission_denied")
    for client in (watcher, asker):
        refused(client.delete(f"{RUNS}{run.pk}/"), 403, "permission_denied")
    assert written() == before

    assert watcher.get(RUNS).status_code == 200
    assert watcher.get(f"{RUNS}{run.pk}/").status_code == 200
    assert asker.post(RUNS, TRENDING).status_code == 202
    assert canceller.delete(f"{RUNS}{run.pk}/").status_code == 200


def test_permissions_without_being_staff_do_not_suffice() -> None:
    account = staff(VIEW, ADD, CHANGE_RUN)
    account.is_staff = False
    account.save()
    run = make_run()
    before = written()

    client = client_of(account)
    refused(client.get(RUNS), 403, "permission_denied")
    refused(client.post(RUNS, TRENDING), 403, "permission_denied")
    refused(client.delete(f"{RUNS}{run.pk}/"), 403, "permission_denied")
    assert written() == before


def test_who_may_not_ask_learns_not_even_what_exists(viewer_client: APIClient) -> None:
    run = make_run()

    known = viewer_client.get(f"{RUNS}{run.pk}/")
    unknown = viewer_client.get(f"{RUNS}{run.pk + 1}/")

    assert (
        refused(known, 403, "permission_denied")["message"]
        == (refused(unknown, 403, "permission_denied")["message"])
    )


@pytest.mark.parametrize("state", ["requested", "running"])
def test_an_open_sync_is_cancelled(operator: User, operators_client: APIClient, state: str) -> None:
    lease = timezone.now() + timedelta(minutes=1)
    run = make_run(state=state, phase="titles", seen=3, leased_until=lease)

    response = operators_client.delete(f"{RUNS}{run.pk}/")

    run.refresh_from_db()
    assert response.status_code == 200
    assert (response.json()["state"], response.json()["seen"]) == ("cancelled", 3)
    assert response.json()["finished_at"] is not None
    assert (run.state, run.leased_until) == ("cancelled", None)
    assert audited() == [(operator, CHANGE, "Cancelled.", str(run.pk))]
    assert operators_client.post(RUNS, {"kind": "export"}).json()["joined"] is False


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_a_sync_that_has_ended_is_not_cancelled(operators_client: APIClient, state: str) -> None:
    run = make_run(state=state, finished_at=timezone.now())
    before = written()

    refused(operators_client.delete(f"{RUNS}{run.pk}/"), 409, "sync_run_ended")

    assert written() == before


@pytest.mark.parametrize("pk", [0, 2**31, 2**63, 10**400])
def test_a_sync_that_is_not_there_is_not_found(operators_client: APIClient, pk: int) -> None:
    refused(operators_client.get(f"{RUNS}{pk}/"), 404, "not_found")
    refused(operators_client.delete(f"{RUNS}{pk}/"), 404, "not_found")
    assert written() == []


def test_the_list_is_newest_first_and_filtered_by_kind_and_state(
    operators_client: APIClient,
) -> None:
    done = make_run(state="done")
    failed = make_run(state="failed")
    genres = make_run(kind="genres", state="done")

    def listed(query: str = "") -> list[int]:
        return [run["id"] for run in operators_client.get(f"{RUNS}{query}").json()["results"]]

    assert listed() == [genres.pk, failed.pk, done.pk]
    assert listed("?kind=export") == [failed.pk, done.pk]
    assert listed("?state=done") == [genres.pk, done.pk]
    assert listed("?kind=export&state=done") == [done.pk]
    assert listed("?kind=movies") == []
    assert listed("?page_size=1&page=2") == [failed.pk]


def test_the_list_shows_the_first_titles_of_a_sync_and_counts_them(
    operators_client: APIClient,
) -> None:
    titles = list(range(1, 121))
    run = make_run(kind="movies", scope={"tmdb_ids": titles})
    make_run(kind="export", scope={"limit": 9})

    with captured_queries() as statements:
        export, movies = operators_client.get(RUNS).json()["results"]
    shown = operators_client.get(f"{RUNS}{run.pk}/").json()

    assert (export["scope"], export["title_count"]) == ({"limit": 9}, None)
    assert (movies["scope"], movies["title_count"]) == ({"tmdb_ids": titles[:50]}, 120)
    assert shown == movies | {"scope": {"tmdb_ids": titles}}
    assert '"movies_syncrun"."scope", "movies_syncrun"."priority"' not in statements[-1]


def test_titles_beyond_what_one_sync_takes_are_refused(
    operators_client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MAX_JOINED", 3)
    operators_client.post(RUNS, {"kind": "movies", "tmdb_ids": [348, 78]})
    before = written()

    response = operators_client.post(RUNS, {"kind": "movies", "tmdb_ids": [603, 11]})

    assert list(refused(response, 400, "invalid")["details"]) == ["tmdb_ids"]
    assert written() == before


def test_too_many_titles_are_refused_unread(operators_client: APIClient) -> None:
    body = {"kind": "movies", "tmdb_ids": ["x"] * 20_000}

    error = refused(operators_client.post(RUNS, body), 400, "invalid")

    assert [fault["code"] for fault in error["details"]["tmdb_ids"]] == ["max_length"]


def test_one_sync_takes_no_parameters(operators_client: APIClient) -> None:
    run = make_run()
    before = written()

    for response in (
        operators_client.get(f"{RUNS}{run.pk}/?verbose=1"),
        operators_client.delete(f"{RUNS}{run.pk}/?force=1"),
        operators_client.post(f"{RUNS}?kind=trending", TRENDING),
    ):
        assert refused(response, 400, "unknown_parameter")["details"] == {"allowed": []}
    assert written() == before


@pytest.mark.parametrize("query", ["kind=x", "state=open", "kind=", "state="])
def test_a_filter_by_what_does_not_exist_is_refused(
    operators_client: APIClient, query: str
) -> None:
    error = refused(operators_client.get(f"{RUNS}?{query}"), 400, "invalid")

    assert list(error["details"]) == [query.partition("=")[0]]


@pytest.mark.parametrize(
    ("fields", "progress"),
    [
        ({"phase": "prepare", "total": 100, "seen": 50}, None),
        ({"phase": "titles", "total": 0}, None),
        ({"phase": "titles", "total": 300}, 0.0),
        ({"phase": "titles", "total": 300, "seen": 98, "failed": 3}, 0.33),
        ({"phase": "titles", "total": 300, "seen": 300}, 0.99),
        ({"phase": "titles", "total": 300, "seen": 400}, 0.99),
        ({"phase": "done", "state": "done", "total": 300, "seen": 290}, 1.0),
        ({"phase": "done", "state": "done"}, 1.0),
        ({"phase": "titles", "state": "cancelled", "total": 4, "seen": 1}, 0.25),
    ],
    ids=str,
)
def test_progress_is_told_as_far_as_it_is_known(
    operators_client: APIClient, fields: dict[str, Any], progress: float | None
) -> None:
    run = make_run(**{"state": "running"} | fields)

    assert operators_client.get(f"{RUNS}{run.pk}/").json()["progress"] == progress


def test_the_first_failures_are_told(operators_client: APIClient) -> None:
    failures = [{"tmdb_id": number, "reason": "not found"} for number in range(60)]
    run = make_run(failed=60, failures=failures, dropped={"an image path": 2})

    body = operators_client.get(f"{RUNS}{run.pk}/").json()

    assert body["failures"] == failures[:FAILURES_SHOWN]
    assert (body["failed"], body["dropped"]) == (60, {"an image path": 2})


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_ask_at_once_one_starts_it_and_nine_join(operator: User) -> None:
    clients = [client_of(operator) for _ in range(10)]
    with ThreadPoolExecutor(max_workers=10) as pool:
        answers = [in_thread(pool, lambda c=client: c.post(RUNS, TRENDING)) for client in clients]
        responses = [answer.result(timeout=BLOCKED_WITHIN_S) for answer in answers]

    run = SyncRun.objects.get()
    assert [response.status_code for response in responses] == [202] * 10
    assert {response.json()["id"] for response in responses} == {run.pk}
    assert sorted(response.json()["joined"] for response in responses) == [False] + [True] * 9
    assert [flag for _, flag, _, _ in audited()] == [ADDITION] + [CHANGE] * 9


@pytest.mark.django_db(transaction=True)
def test_a_sync_cancelled_twice_at_once_is_cancelled_once(operator: User) -> None:
    run = make_run()
    clients = [client_of(operator) for _ in range(2)]
    with ThreadPoolExecutor(max_workers=2) as pool:
        with transaction.atomic():
            SyncRun.objects.select_for_update().get(pk=run.pk)
            answers = [
                in_thread(pool, lambda c=client: c.delete(f"{RUNS}{run.pk}/")) for client in clients
            ]
            wait_until_blocked(2)
        responses = [answer.result(timeout=BLOCKED_WITHIN_S) for answer in answers]

    assert sorted(response.status_code for response in responses) == [200, 409]
    assert [text for _, _, text, _ in audited()] == ["Cancelled."]


@pytest.mark.django_db(transaction=True)
def test_a_sync_that_ends_before_its_cancellation_has_ended(operator: User) -> None:
    run = make_run(state="running")
    client = client_of(operator)
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            SyncRun.objects.select_for_update().filter(pk=run.pk).get()
            answer = in_thread(pool, lambda: client.delete(f"{RUNS}{run.pk}/"))
            wait_until_blocked()
            SyncRun.objects.filter(pk=run.pk).update(state="done")
        response = answer.result(timeout=BLOCKED_WITHIN_S)

    refused(response, 409, "sync_run_ended")
    assert SyncRun.objects.get().state == "done"
    assert audited() == []


@pytest.mark.django_db(transaction=True)
def test_who_asks_while_the_open_one_is_cancelled_gets_a_new_one(operator: User) -> None:
    run = make_run(kind="trending", state="running")
    client = client_of(operator)
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            SyncRun.objects.select_for_update().get(pk=run.pk)
            answer = in_thread(pool, lambda: client.post(RUNS, TRENDING))
            wait_until_blocked()
            SyncRun.objects.filter(pk=run.pk).update(state="cancelled")
        body = answer.result(timeout=BLOCKED_WITHIN_S).json()

    assert body["joined"] is False
    assert body["id"] != run.pk
