"""Settings of `make up`: addresses and secrets come from the running stack's own file."""

import json
from typing import Any

from django.core.management.utils import get_random_secret_key

from movie_backend.env import env

from . import base
from .base import *  # noqa: F403  # a settings module is the one place where names are inherited
from .base import ROOT, SIMPLE_JWT, database

_STACK_FILE = ROOT / ".local" / "stack.json"


def _stack() -> dict[str, Any]:
    stack: dict[str, Any] = json.loads(_STACK_FILE.read_text()) if _STACK_FILE.exists() else {}
    return stack


_stack_settings = _stack()

DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
# Commands that need neither (evaluate, --help) run before any stack exists. What they get then
# is random: a key that is known to everybody must not sign anything.
SECRET_KEY = env.str("SECRET_KEY", _stack_settings.get("secret_key") or get_random_secret_key())
SIMPLE_JWT["SIGNING_KEY"] = env.str(
    "SIGNING_KEY", _stack_settings.get("signing_key") or get_random_secret_key()
)

_database_url = env.str("DATABASE_URL", _stack_settings.get("database_url", ""))
DATABASES = {
    "default": database(_database_url) if _database_url else {"ENGINE": "django.db.backends.dummy"}
}
REDIS_URL = env.str("REDIS_URL", _stack_settings.get("redis_url", ""))
CELERY_BROKER_URL = REDIS_URL

# No proxy brings the paths of push to it here, so tickets and redirects name its own port.
_push_port = _stack_settings.get("ports", {}).get("push")
PUSH_URL = base.PUSH_URL or (f"http://127.0.0.1:{_push_port}" if _push_port else "")

# A first look at the platform shows more with something to learn from.
SIMULATED_VIEWERS = env.bool("SIMULATED_VIEWERS", True)

# Static files are served from where they lie, and nobody collects them.
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None
