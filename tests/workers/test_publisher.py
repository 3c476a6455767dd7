import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from kombu.exceptions import EncodeError

from stack.servers import Valkey
from tests.workers.messages import drain
from workers.publisher import OPEN_SECONDS, Publisher

TASK = "realtime.refresh_recommendations"


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A broker that this test may kill."""
    with Valkey(tmp_path / "valkey") as server:
        yield server


@pytest.fixture
def publisher(valkey: Valkey) -> Iterator[Publisher]:
    publisher = Publisher(broker_url=valkey.url)
    yield publisher
    publisher.app.close()


def seconds_to_send(publisher: Publisher) -> float:
    started = time.monotonic()
    publisher.send(TASK, user_id=1)
    return time.monotonic() - started


def test_a_dead_broker_costs_next_to_nothing_and_is_tried_again(
    valkey: Valkey, publisher: Publisher
) -> None:
    publisher.send(TASK, user_id=1)
    valkey.kill()

    assert max(seconds_to_send(publisher) for _ in range(5)) < 0.1
    assert publisher.breaker.current_state == "open"
    valkey.start().wait_ready()
    time.sleep(OPEN_SECONDS)
    publisher.send(TASK, user_id=2)

    assert publisher.breaker.current_state == "closed"
    with redis.Redis.from_url(valkey.url) as broker:
        assert drain(broker)[-1] == ("realtime", TASK, {"user_id": 2})


def test_a_process_that_starts_without_a_broker_does_not_wait_for_it(
    valkey: Valkey, publisher: Publisher
) -> None:
    valkey.kill()

    assert max(seconds_to_send(publisher) for _ in range(3)) < 0.1


def test_what_is_not_the_brokers_fault_is_not_hidden(publisher: Publisher) -> None:
    with pytest.raises(EncodeError):
        publisher.send(TASK, user_id=object())
