"""Looking into the queues as a worker would find them."""

import base64
import json
from typing import Any

import redis

from workers.queues import QUEUES


def drain(broker: redis.Redis) -> list[tuple[str, str, dict[str, Any]]]:
    """Take all messages: queue, task and arguments of each, oldest first."""
    found = []
    for queue in QUEUES:
        while raw := broker.rpop(queue):
            message = json.loads(raw)  # type: ignore[arg-type]  # redis-py's answer may be async
            _, kwargs, _ = json.loads(base64.b64decode(message["body"]))
            found.append((queue, message["headers"]["task"], kwargs))
    return found
