"""Free ports on the loopback interface."""

import secrets
import socket

LOOPBACK = "127.0.0.1"

# Below the ranges from which Linux and macOS take the ports of outgoing connections, so that
# no client on this machine can take a server's port while the server restarts.
FIRST_PORT = 20_000
LAST_PORT = 32_000
ATTEMPTS = 200


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that is free now. Raises OSError when the whole range is taken."""
    for _ in range(ATTEMPTS):
        port = FIRST_PORT + secrets.randbelow(LAST_PORT - FIRST_PORT)
        if is_free(port):
            return port
    raise OSError(f"no free port between {FIRST_PORT} and {LAST_PORT} on {LOOPBACK}")
