"""A process that sends as fast as the limiter lets it: python -m tests.services.tmdb.sending."""

import http.client
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from services.tmdb.limiter import Limiter, Priority


def main() -> None:
    given = json.loads(sys.argv[1])
    limiter = Limiter(given["redis_url"], timeout_seconds=20, **given["limiter"])
    with ThreadPoolExecutor(given["threads"]) as pool:
        running = [pool.submit(_send, limiter, given) for _ in range(given["threads"])]
    for sent in running:
        sent.result()


def _send(limiter: Limiter, given: dict[str, Any]) -> None:
    for _ in range(given["requests"]):
        slot = limiter.acquire(Priority(given["priority"]), max_wait_seconds=600)
        connection = http.client.HTTPConnection("127.0.0.1", given["port"], timeout=60)
        connection.request("GET", f"/{given['priority']}")
        answer = connection.getresponse()
        limiter.responded(slot)
        answer.read()
        connection.close()


if __name__ == "__main__":
    main()
