"""Where mail goes, in one URL: `submission://user:password@host`, `console:`, `file:///folder`."""

from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlsplit

_OTHER_BACKENDS = MappingProxyType(
    {"console": "console", "file": "filebased", "memory": "locmem", "dummy": "dummy"}
)
# With smtps the connection is encrypted from its first byte, with submission by STARTTLS.
_PORTS = MappingProxyType({"smtp": 25, "smtps": 465, "submission": 587})


def mail_settings(url: str) -> dict[str, Any]:
    """Django's settings for EMAIL_URL, by their names."""
    parts = urlsplit(url)
    backend = _OTHER_BACKENDS.get(parts.scheme, "smtp")
    return {
        "EMAIL_BACKEND": f"django.core.mail.backends.{backend}.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or _PORTS.get(parts.scheme, 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "submission",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_FILE_PATH": unquote(parts.path),
    }
