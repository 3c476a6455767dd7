import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from apps.core import metrics
from apps.core.heartbeats import record
from apps.favorites.models import Taste
from apps.movies.models import ListState, SyncRun, SyncTitle
from apps.recommendations.freshness import COUNTED_VIEWERS, WAITING
from apps.recommendations.models import ActiveGeneration, Generation, ModelVersion
from tests.factories import make_generation, make_user
from tests.scrapes import samples, series, value

REQUESTS = "nexus_http_requests_total"
URL = "/metrics"


@pytest.fixture(scope="module", autouse=True)
def few_series() -> None:
    """Those of all earlier tests would take seconds to write and to read."""
    for totals in (metrics.HTTP_REQUESTS, metrics.HTTP_SECONDS):
        totals.clear()


def scrape(client: Client) -> str:
    response = client.get(URL)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_request_is_counted_under_its_route(client: Client) -> None:
    labels = {"method": "GET", "route": "api/v1/movies/<int:pk>/", "status": 404}
    before = scrape(client)

    client.get("/api/v1/movies/1234567/")
    client.get("/api/v1/movies/7654321/")

    after = scrape(client)
    assert value(after, REQUESTS, **labels) - value(before, REQUESTS, **labels) == 2
    del labels["status"]
    count = "nexus_http_request_seconds_count"
    assert value(after, count, **labels) - value(before, count, **labels) == 2
    seconds = "nexus_http_request_seconds_sum"
    assert 0 < value(after, seconds, **labels) - value(before, seconds, **labels) < 10


@pytest.mark.django_db(transaction=True)
def test_addresses_and_methods_without_number_add_one_series_each(client: Client) -> None:
    client.get("/nowhere/")
    client.generic("BREW", "/nowhere/")
    before = scrape(client)

    for number in range(1000):
        client.get(f"/nowhere/{number}/")
    for number in range(50):
        client.generic(f"BREW{number}", "/nowhere/")

    after = scrape(client)
    assert samples(after).keys() == samples(before).keys()
    missing = {"method": "GET", "route": "unmatched", "status": 404}
    assert value(after, REQUESTS, **missing) - value(before, REQUESTS, **missing) == 1000
    assert {labels["method"] for labels in series(after, REQUESTS)} >= {"GET", "OTHER"}
    assert not [labels for labels in series(after, REQUESTS) if "BREW" in labels["method"]]


@pytest.mark.django_db(transaction=True)
def test_probes_are_not_counted(client: Client) -> None:
    before = scrape(client)
    client.get("/health/live")

    assert _requests(scrape(client)) == _requests(before)


def _requests(text: str) -> dict[object, float]:
    return {key: number for key, number in samples(text).items() if key[0] == REQUESTS}


@pytest.mark.django_db(transaction=True)
def test_what_runs_here_is_told(client: Client) -> None:
    text = scrape(client)

    (build,) = series(text, "nexus_build_info")
    assert build.keys() == {"version", "django", "python"}
    assert all(build.values())
    assert value(text, "nexus_up", part="database") == 1
    assert value(text, "nexus_up", part="broker") == 1
    assert {labels["queue"] for labels in series(text, "nexus_queue_messages")} == {
        *("realtime", "catalog", "batch", "training", "mail", "maintenance")
    }


@pytest.mark.django_db(transaction=True)
def test_the_token_is_asked_for_if_there_is_one(client: Client, settings: object) -> None:
    settings.METRICS_TOKEN = "right"  # type: ignore[attr-defined]  # pytest-django's proxy

    for header in (None, "right", "Bearer wrong", "Bearer", "Basic right", "Bearer ríght"):
        response = client.get(URL, headers={"Authorization": header} if header else {})
        assert response.status_code == 401, header
        assert response["WWW-Authenticate"] == 'Bearer realm="metrics"'
        error = response.json()["error"]
        assert error["code"] == "not_authenticated"
        assert error["request_id"] == response["X-Request-ID"]
        assert b"nexus_" not in response.content
    allowed = client.get(URL, headers={"Authorization": "Bearer right"})

    assert allowed.status_code == 200
    assert b"nexus_build_info" in allowed.content


@pytest.fixture
def no_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_parts", {})
    monkeypatch.setattr(metrics, "PART_SECONDS", 0.2)


def gauge() -> Iterator[GaugeMetricFamily]:
    yield metrics.gauge("nexus_test", "A test.", 1)


def broken() -> Iterator[GaugeMetricFamily]:
    yield from gauge()
    raise ConnectionError("away")


@pytest.mark.django_db(transaction=True)
def test_a_part_that_is_away_costs_its_own_metrics_only(client: Client, no_parts: None) -> None:
    metrics.register("away", broken)
    metrics.register("there", gauge)

    text = scrape(client)

    assert value(text, "nexus_up", part="away") == 0
    assert value(text, "nexus_up", part="there") == 1
    assert value(text, "nexus_test") == 1


@pytest.mark.django_db(transaction=True)
def test_a_part_that_hangs_is_not_waited_for_and_comes_back(client: Client, no_parts: None) -> None:
    goes_on = threading.Event()

    def hanging() -> Iterator[GaugeMetricFamily]:
        goes_on.wait(30)
        yield from gauge()

    metrics.register("test", hanging)
    threads = threading.active_count()

    for _ in range(3):
        assert value(scrape(client), "nexus_up", part="test") == 0
    assert threading.active_count() <= threads + 1
    goes_on.set()

    deadline = time.monotonic() + 10
    while not value(text := scrape(client), "nexus_up", part="test"):
        assert time.monotonic() < deadline
    assert value(text, "nexus_test") == 1


def test_while_a_part_hangs_only_the_first_who_asks_waits(
    no_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "PART_SECONDS", 3.0)
    goes_on = threading.Event()

    def hanging() -> Iterator[GaugeMetricFamily]:
        goes_on.wait(30)
        yield from gauge()

    def seconds_of_a_scrape() -> float:
        began = time.monotonic()
        assert value(metrics.exposition().decode(), "nexus_up", part="one") == 0
        return time.monotonic() - began

    # Two of them take no longer than one.
    metrics.register("one", hanging)
    metrics.register("other", hanging)
    try:
        assert 3 <= seconds_of_a_scrape() < 6
        with ThreadPoolExecutor(4) as pool:
            waited = [pool.submit(seconds_of_a_scrape) for _ in range(4)]
            assert max(future.result() for future in waited) < 3
    finally:
        goes_on.set()


def test_a_part_that_was_away_makes_one_scrape_wait_at_a_time(
    no_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "PART_SECONDS", 5.0)
    asked, goes_on = threading.Event(), threading.Event()

    def slow() -> Iterator[GaugeMetricFamily]:
        asked.set()
        goes_on.wait(30)
        yield from broken()

    metrics.register("test", slow)
    goes_on.set()
    assert value(metrics.exposition().decode(), "nexus_up", part="test") == 0
    asked.clear()
    goes_on.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(metrics.exposition)
        assert asked.wait(5)

        began = time.monotonic()
        text = metrics.exposition().decode()

        assert time.monotonic() - began < 1
        assert value(text, "nexus_up", part="test") == 0
        goes_on.set()
        first.result()


def test_simultaneous_scrapes_of_a_healthy_part_share_its_answer(
    no_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "PART_SECONDS", 10.0)
    asked: list[int] = []

    def slow() -> Iterator[GaugeMetricFamily]:
        asked.append(1)
        time.sleep(0.5)
        yield from gauge()

    metrics.register("test", slow)
    with ThreadPoolExecutor(4) as pool:
        texts = [future.result() for future in [pool.submit(metrics.exposition) for _ in range(4)]]

    for text in texts:
        assert value(text.decode(), "nexus_up", part="test") == 1
        assert value(text.decode(), "nexus_test") == 1
    assert len(asked) == 1


def test_a_part_is_asked_again_after_there_was_no_thread_for_it(
    no_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    metrics.register("test", gauge)
    with monkeypatch.context() as refused:
        refused.setattr(threading.Thread, "start", refuse)
        assert value(metrics.exposition().decode(), "nexus_up", part="test") == 0

    assert value(metrics.exposition().decode(), "nexus_up", part="test") == 1


@pytest.mark.django_db(transaction=True)
def test_waiting_viewers_and_ages_are_told(client: Client) -> None:
    now = timezone.now()
    assert "nexus_active_generation_age_seconds" not in scrape(client)
    for seconds, listed, is_realtime in (
        (90, 0, True),
        (30, 1, True),
        (900, 2, True),
        (9, 0, False),
    ):
        Taste.objects.create(
            user=make_user(),
            revision=2,
            listed_revision=listed,
            is_realtime=is_realtime,
            changed_at=now - timedelta(seconds=seconds),
        )
    version = ModelVersion.objects.create(
        state=ModelVersion.State.READY, finished_at=now - timedelta(hours=3)
    )
    generation = Generation.objects.create(
        model_version=version, activated_at=now - timedelta(hours=1), list_count=17
    )
    ActiveGeneration.objects.update_or_create(pk=1, defaults={"generation": generation})
    record(name="beat")

    text = scrape(client)

    assert value(text, "nexus_viewers_waiting") == 2
    assert 90 <= value(text, "nexus_oldest_wait_seconds") < 100
    assert 3600 <= value(text, "nexus_active_generation_age_seconds") < 3610
    assert 3 * 3600 <= value(text, "nexus_last_training_age_seconds") < 3 * 3600 + 10
    assert value(text, "nexus_generation_lists") == 17
    assert 0 <= value(text, "nexus_heartbeat_age_seconds", name="beat") < 10


@pytest.mark.django_db
def test_counting_who_waits_does_not_read_the_whole_table() -> None:
    make_generation(active=True)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "INSERT INTO favorites_taste"
            " (user_id, revision, listed_revision, is_realtime, changed_at, nudges)"
            " SELECT n, 1, (n % 1000 <> 0)::int, true, now(), 0 FROM generate_series(1, 50000) n"
        )
        cursor.execute("ANALYZE favorites_taste")
        cursor.execute(f"EXPLAIN {WAITING}", [COUNTED_VIEWERS])
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute(WAITING, [COUNTED_VIEWERS])
        (waiting, _) = cursor.fetchone()

    assert waiting == 50
    assert "taste_waiting_idx" in plan
    assert "Seq Scan on favorites_taste" not in plan


@pytest.mark.django_db(transaction=True)
def test_the_catalogue_says_how_fresh_it_is(client: Client) -> None:
    now = timezone.now()
    ListState.objects.create(list="trending_day", fetched_at=now - timedelta(hours=30))
    run = SyncRun.objects.create(
        kind="trending", state=SyncRun.State.DONE, finished_at=now - timedelta(hours=2)
    )
    SyncRun.objects.create(kind="lists", state=SyncRun.State.FAILED, finished_at=now)
    SyncTitle.objects.create(run=run, position=1, tmdb_id=348)

    text = scrape(client)

    assert value(text, "nexus_sync_titles_waiting") == 1
    assert 30 <= value(text, "nexus_list_age_seconds", list="trending_day") / 3600 < 31
    assert 2 <= value(text, "nexus_last_sync_age_seconds", kind="trending") / 3600 < 3
    assert [labels["kind"] for labels in series(text, "nexus_last_sync_age_seconds")] == [
        "trending"
    ]
