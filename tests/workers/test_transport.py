"""How a worker lets go of a message when the broker does not answer.

tests/flows/test_health.py has real workers do so.
"""

import logging
from collections.abc import Callable, Iterator

import pytest
import redis
from celery.app import app_or_default
from kombu import Connection
from kombu.message import Message
from kombu.transport.virtual import Channel

from stack.servers import Valkey
from tests.flows.test_health import stopped_server
from workers import queues
from workers.tasks.canaries import record_realtime_canary

# Until a broker that hangs is an error.
OPTIONS = {"socket_timeout": 1}
logger = logging.getLogger(__name__)

LetGo = Callable[[Message, tuple[type[Exception], ...]], None]


def acknowledge(message: Message, errors: tuple[type[Exception], ...]) -> None:
    message.ack_log_error(logger, errors)


def reject(message: Message, errors: tuple[type[Exception], ...]) -> None:
    message.reject_log_error(logger, errors)


def requeue(message: Message, errors: tuple[type[Exception], ...]) -> None:
    message.reject_log_error(logger, errors, requeue=True)


letting_go = pytest.mark.parametrize("let_go", [acknowledge, reject, requeue])


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with Valkey(tmp_path_factory.mktemp("broker")) as valkey:
        yield valkey


@pytest.fixture
def broker(valkey: Valkey) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(valkey.url) as broker:
        broker.flushall()
        yield broker


@pytest.fixture
def channel(valkey: Valkey, broker: redis.Redis) -> Iterator[Channel]:
    """Of a worker with one place."""
    with Connection(valkey.url, transport_options=OPTIONS) as connection:
        channel = connection.default_channel
        channel.basic_qos(prefetch_size=0, prefetch_count=1)
        yield channel


def taken(channel: Channel) -> Message:
    """A message that has the one place."""
    record_realtime_canary.apply_async(connection=channel.connection.client)
    message = app_or_default().amqp.queues[queues.REALTIME](channel).get()
    assert not channel.qos.can_consume()
    return message


@letting_go
def test_the_place_is_free_again(let_go: LetGo, channel: Channel, broker: redis.Redis) -> None:
    let_go(taken(channel), channel.connection_errors)

    assert channel.qos.can_consume()
    assert broker.hlen("unacked") == 0


@letting_go
def test_one_place_is_free_though_the_broker_did_not_answer(
    let_go: LetGo, channel: Channel, broker: redis.Redis, valkey: Valkey
) -> None:
    message = taken(channel)
    with stopped_server(valkey):
        let_go(message, channel.connection_errors)

    assert channel.qos.can_consume_max_estimate() == 1
    broker.delete(queues.REALTIME)
    taken(channel)


def test_what_the_broker_did_not_take_back_comes_again(
    channel: Channel, broker: redis.Redis, valkey: Valkey
) -> None:
    """As the message of a worker who died."""
    message = taken(channel)
    with stopped_server(valkey):
        requeue(message, channel.connection_errors)
    assert broker.hkeys("unacked") == [message.delivery_tag.encode()]

    channel.qos.visibility_timeout = -1
    channel.qos.restore_visible()

    assert (broker.hlen("unacked"), broker.llen(queues.REALTIME)) == (0, 1)


def test_addresses_are_named_as_they_were(valkey: Valkey) -> None:
    """Flower finds out by them what it may ask the broker."""
    with app_or_default().connection_for_read(valkey.url) as connection:
        assert connection.as_uri().startswith("redis://")
