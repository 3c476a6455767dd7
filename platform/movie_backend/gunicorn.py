"""The web server: `gunicorn --config python:movie_backend.gunicorn movie_backend.wsgi:application`.

Which proxies may say that a request came by TLS is in FORWARDED_ALLOW_IPS, which gunicorn reads
itself; by default only those on the loopback addresses. Who the client is they tell Django, as far
as TRUSTED_PROXY_COUNT says.
"""

import json
import logging
import os
import socket
from importlib import import_module
from typing import Any

from gunicorn import glogging, util

from apps.core import logs, request_ids
from movie_backend.env import env
from movie_backend.web_environment import set_defaults

_log = logging.getLogger("gunicorn.error")

set_defaults()
# They refuse an environment at fault with one line, before anything here reads it.
import_module(os.environ["DJANGO_SETTINGS_MODULE"])
logs.set_process_role("web")


class Logger(glogging.Logger):  # type: ignore[misc]  # the library has no types
    """Says everything as Django does. Requests are logged by our own middleware."""

    access_log_enabled = False

    def setup(self, cfg: Any) -> None:
        # Read only now: the settings want the environment that was set above.
        from django.conf import settings

        self.cfg = cfg
        self.error_log.propagate = True
        logs.configure(settings.LOGGING)

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        # What follows is what the client sent, as it came.
        if msg.startswith("Invalid request from ip="):
            msg, args = msg.partition(": ")[0].replace("%", "%%"), ()
        super().warning(msg, *args, **kwargs)


def _refuse(client: socket.socket, status_int: int, _reason: str, _message: str) -> None:
    """Answer what is no request in the API's shape, as nobody knows what it was meant for."""
    from apps.core.error_responses import code_of, error_body
    from apps.core.errors import APIError

    code = code_of(status_int)
    request_id = request_ids.request_id_from(None)
    token = request_ids.set_request_id(request_id)
    try:
        body = json.dumps(error_body(APIError(code)))
        _log.info("Refused what is no request: %s", code.value)
    finally:
        request_ids.reset_request_id(token)
    head = (
        f"HTTP/1.1 {int(code.status)} {code.status.phrase}",
        "Connection: close",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"{request_ids.HEADER}: {request_id}",
    )
    util.write_nonblock(client, "\r\n".join((*head, "", body)).encode())


# There is no setting for it, and its own answer is HTML that repeats the request.
util.write_error = _refuse


def _authority(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


bind = _authority(env.str("WEB_ADDRESS", "127.0.0.1"), env.int("PORT", 8000))
workers = env.int("WEB_CONCURRENCY", 2)
# Threads, because a browser's idle connection would hold a whole process.
threads = env.int("WEB_THREADS", 4)
timeout = 30
graceful_timeout = 10
keepalive = 5
control_socket_disable = True
# By default a client behind a trusted proxy says in headers of these names under which path it is.
forwarder_headers = ""
logger_class = Logger
