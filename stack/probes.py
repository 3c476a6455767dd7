"""Whether a program does its work, asked the way its users would ask. None of them raises."""

import base64
import http
import socket
import urllib.error
import urllib.request

import celery
import kombu.exceptions
import redis

TIMEOUT_SECONDS = 2.0
PING_SECONDS = 0.7


def answers(url: str) -> bool:
    return _status(url) == http.HTTPStatus.OK


def is_guarded(url: str, *, login: tuple[str, str]) -> bool:
    """Refuses strangers and lets the owner of the login in."""
    return (
        _status(url) == http.HTTPStatus.UNAUTHORIZED
        and _status(url, login=login) == http.HTTPStatus.OK
    )


def _status(url: str, *, login: tuple[str, str] | None = None) -> int | None:
    request = urllib.request.Request(url)  # noqa: S310  # our own http:// address
    if login:
        token = base64.b64encode(":".join(login).encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
    # A proxy of the environment must not stand between us and the loopback interface.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except (OSError, http.client.HTTPException):
        return None


def worker_answers(broker_url: str, name: str) -> bool:
    """Whether the Celery worker `name` of this host replies to a ping."""
    node = f"{name}@{socket.gethostname()}"
    app = celery.Celery(broker=broker_url, set_as_current=False)
    app.conf.broker_connection_timeout = TIMEOUT_SECONDS
    try:
        replies = app.control.inspect(destination=[node], timeout=PING_SECONDS).ping()
    except (OSError, redis.RedisError, kombu.exceptions.KombuError):
        return False
    finally:
        app.close()
    return bool(replies and node in replies)
