"""The web server: `gunicorn --config python:movie_backend.gunicorn movie_backend.wsgi:application`.

Addresses of proxies that may say who the client is come from FORWARDED_ALLOW_IPS, which gunicorn
reads itself; by default only the loopback addresses may.
"""

import os
from importlib import import_module
from typing import Any

from gunicorn import glogging

from apps.core import logs
from movie_backend.env import env
from movie_backend.web_environment import set_defaults

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
logger_class = Logger
