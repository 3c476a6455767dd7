"""Search documents between the triggers, the queue and the workers."""

from datetime import timedelta

import pytest
import redis
from django.utils import timezone

from apps.movies.models import SearchDocument, SearchWord, SyncRun, SyncTitle
from apps.movies.search.stale_notes import count_changes
from services import preparation
from tests.factories import make_movie
from tests.workers.messages import drain
from workers.tasks import catalog, maintenance

pytestmark = pytest.mark.django_db(transaction=True)

INDEX = ("catalog", "catalog.index_films")


@pytest.fixture(autouse=True)
def _emptied(broker: redis.Redis) -> None:
    """No message is of another test, or stays for one."""


def test_the_sweep_has_changed_films_indexed(broker: redis.Redis) -> None:
    make_movie()
    drain(broker)

    maintenance.sweep.run()
    assert drain(broker) == [(*INDEX, {})]

    catalog.index_films.run()
    maintenance.sweep.run()
    assert drain(broker) == []
    assert SearchDocument.objects.count() == 1


def test_a_slice_sends_the_next_while_there_is_more(
    broker: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        make_movie()
    drain(broker)
    monkeypatch.setattr(catalog, "INDEXED_AT_ONCE", 2)

    catalog.index_films.run()
    assert drain(broker) == [(*INDEX, {})]

    catalog.index_films.run()
    assert drain(broker) == []


def test_many_changes_have_the_words_counted(
    broker: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "COUNTED_AFTER", 2)
    for number in range(2):
        make_movie(title=f"Alien {number}")
        drain(broker)
        catalog.index_films.run()
        expected = [("catalog", "catalog.count_search_words", {})] if number else []
        assert drain(broker) == expected

    assert SearchWord.objects.get(word="alien").films == 1
    catalog.count_search_words.run()
    assert SearchWord.objects.get(word="alien").films == 2
    catalog.index_films.run()
    assert drain(broker) == []


def test_what_would_take_long_is_left_to_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    make_movie()
    monkeypatch.setattr(preparation, "MOST_INDEXED", 0)

    assert preparation.ensure_search() is None
    assert count_changes() == 1


def test_nothing_is_indexed_beside_a_sync_at_work(broker: redis.Redis) -> None:
    make_movie()
    run = SyncRun.objects.create(
        kind="changes", state="running", phase="titles", heartbeat_at=timezone.now()
    )
    SyncTitle.objects.create(
        run=run, position=1, tmdb_id=1, leased_until=timezone.now() + timedelta(hours=1)
    )
    drain(broker)

    maintenance.sweep.run()
    catalog.index_films.run()
    assert drain(broker) == []
    assert count_changes() == 1

    SyncRun.objects.update(state="done")
    maintenance.sweep.run()
    assert (*INDEX, {}) in drain(broker)
