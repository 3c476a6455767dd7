import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest
import redis
from django.conf import LazySettings
from kombu.exceptions import EncodeError

from apps.core import metrics
from stack.servers import Valkey
from tests.scrapes import value
from tests.workers.messages import drain
from workers.publisher import OPEN_SECONDS, Publisher

THREADS = 8
REPLY_SECONDS = 0.06
# A busy machine adds to each reply; the breaker stays closed all the same.
PATIENCE_SECONDS = 10
REPLIES_PER_MESSAGE = 2
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


@contextmanager
def slowed(server: Valkey, *, seconds: float) -> Iterator[str]:
    """An address of the broker where each reply takes so long."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        Thread(target=_accept, args=(listener, server.port, seconds), daemon=True).start()
        yield server.url.replace(f":{server.port}", f":{port}")


def _accept(listener: socket.socket, port: int, seconds: float) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            upstream = socket.create_connection(("127.0.0.1", port))
            Thread(target=_pump, args=(client, upstream, 0.0), daemon=True).start()
            Thread(target=_pump, args=(upstream, client, seconds), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket, seconds: float) -> None:
    with suppress(OSError), source, sink:
        while data := source.recv(65_536):
            time.sleep(seconds)
            sink.sendall(data)


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


def test_the_sender_learns_whether_the_message_was_sent_and_each_miss_is_counted(
    valkey: Valkey, publisher: Publisher
) -> None:
    before = _not_sent()

    assert publisher.send(TASK, user_id=1) is True
    assert _not_sent() == before
    valkey.kill()

    # The first ones are refused by the broker's address, the rest by the breaker.
    assert [publisher.send(TASK, user_id=1) for _ in range(5)] == [False] * 5
    assert publisher.breaker.current_state == "open"
    assert _not_sent() == before + 5


def _not_sent() -> float:
    return value(metrics.exposition().decode(), "nexus_messages_not_sent_total")


def test_what_is_not_logged_are_the_arguments(
    valkey: Valkey, publisher: Publisher, caplog: pytest.LogCaptureFixture
) -> None:
    valkey.kill()

    for _ in range(4):
        publisher.send(TASK, user_id=987654321)

    assert TASK in caplog.text
    assert "987654321" not in caplog.text


def test_what_is_not_the_brokers_fault_is_not_hidden(publisher: Publisher) -> None:
    with pytest.raises(EncodeError):
        publisher.send(TASK, user_id=object())


def test_threads_do_not_queue_up_behind_a_slow_broker(
    valkey: Valkey, settings: LazySettings
) -> None:
    settings.PUBLISHER_TRANSPORT_OPTIONS = {
        **settings.PUBLISHER_TRANSPORT_OPTIONS,
        "socket_timeout": PATIENCE_SECONDS,
        "socket_connect_timeout": PATIENCE_SECONDS,
    }
    with slowed(valkey, seconds=REPLY_SECONDS) as url, ThreadPoolExecutor(THREADS) as pool:
        publisher = Publisher(broker_url=url)
        rounds = [
            list(pool.map(lambda _: seconds_to_send(publisher), range(THREADS))) for _ in range(5)
        ]
        publisher.app.close()

    assert publisher.breaker.current_state == "closed"
    # The first round opens the connections. One after the other would take every reply in turn,
    # in every round, while a busy machine spoils only some.
    assert min(map(max, rounds[1:])) < REPLY_SECONDS * REPLIES_PER_MESSAGE * THREADS * 0.75
