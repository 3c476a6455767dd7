"""The push server: `python -m movie_backend.push`.

It serves streams and waits (`apps.recommendations.push`) on one event loop. Run several behind a
proxy for more of them; nothing is shared but the database.
"""

import os
import socket
from collections.abc import Callable
from importlib import import_module

import uvicorn

from apps.core import logs
from movie_backend.env import env
from movie_backend.web_environment import set_defaults

# Streams end at once when the process is told to; an answer that is under way may take so long.
STOP_SECONDS = 5
# A client that takes nothing of what it was sent for so long has gone, or does not read.
UNREAD_SECONDS = 60
BACKLOG = 4096
LARGEST_HEAD = 16 * 1024


class Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._stop = stop

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Before uvicorn waits for them.
        self._stop()
        await super().shutdown(sockets)


def main() -> None:
    set_defaults()
    # They refuse an environment at fault with one line, before anything here reads it.
    import_module(os.environ["DJANGO_SETTINGS_MODULE"])
    logs.set_process_role("push")
    from movie_backend.asgi import application

    config = uvicorn.Config(
        application,
        loop="uvloop",
        # It bounds the head of a request, which the faster parser does not.
        http="h11",
        h11_max_incomplete_event_size=LARGEST_HEAD,
        ws="none",
        lifespan="on",
        interface="asgi3",
        # Ours tell of requests, without what stands in their queries.
        access_log=False,
        log_config=None,
        # Who asks, and by which scheme, is what Django makes of the headers, as in a web process.
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    server = Server(config, application.stop)
    with _listening(env.str("PUSH_ADDRESS", "127.0.0.1"), env.int("PUSH_PORT", 8001)) as opened:
        server.run(sockets=[opened])


def _listening(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    opened = socket.create_server((address, port), family=family, backlog=BACKLOG)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # What is accepted inherits it.
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1000)
    return opened


if __name__ == "__main__":
    main()
