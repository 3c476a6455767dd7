"""Looking into the queues as a worker would find them."""

import base64
import json
from typing import Any

import redis

from workers.queues import QUEUES, keys_of


def drain(broker: redis.Redis) -> list[tuple[str, str, dict[str, Any]]]:
    """Take all messages: queue, task and arguments of each, in the order of workers."""
    found = []
    for queue, key in ((name, key) for name in QUEUES for key in keys_of(name)):
        while raw := broker.rpop(key):
            message = json.loads(raw)  # type: ignore[arg-type]  # redis-py's answer may be async
            _, kwargs, _ = json.loads(base64.b64decode(message["body"]))
            found.append((queue, message["headers"]["task"], kwargs))
    return found
