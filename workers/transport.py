"""Kombu's transport of Redis, with a worker's places given back whatever the broker answers."""

from kombu.transport import TRANSPORT_ALIASES, redis, virtual


class QoS(redis.QoS):
    """Counts no message as at work once the worker has let go of it.

    Where the broker hangs, Kombu counts it for ever and Celery logs an error and goes on: a worker
    with one place would take no other message until it is started again. The message is delivered
    once more after the visibility timeout, as that of a worker who died, unless the broker still
    gets to what it was told.
    """

    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)
        except BaseException:
            virtual.QoS.ack(self, delivery_tag)
            raise

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:  # noqa: FBT001, FBT002  # Kombu's signature
        try:
            super().reject(delivery_tag, requeue=requeue)
        except BaseException:
            virtual.QoS.ack(self, delivery_tag)
            raise


class Channel(redis.Channel):
    QoS = QoS


class Transport(redis.Transport):
    Channel = Channel


def register() -> None:
    """Under the names of addresses: as a setting it would take their place in what is logged."""
    TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), "workers.transport:Transport"))
