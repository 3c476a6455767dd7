"""Settings of the test suite: real PostgreSQL and Redis, cheap password hashes."""

from movie_backend.env import env

from . import base
from .base import *  # noqa: F403  # a settings module is the one place where names are inherited
from .base import SIMPLE_JWT, database

SECRET_KEY = "test-" + "0" * 50
SIMPLE_JWT["SIGNING_KEY"] = "test-signing-" + "0" * 50
ALLOWED_HOSTS = ["*"]

# mypy and the schema check import these settings where no server runs.
_database_url = env.str("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
DATABASES = {"default": database(_database_url)}
REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:1/0")
CELERY_BROKER_URL = REDIS_URL

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

# Rows of tests are rolled back and their ids come again; tests of the cache have their own keys.
HOME_CACHE_SECONDS = 0
FILM_CACHE_BYTES = 0
# A viewer of a test may wait for ever.
BACKGROUND_PATIENCE_SECONDS = 0.0

# Tests send more in a second than people do in a day; those of the throttles set their own rates.
THROTTLE_RATES = dict.fromkeys(base.THROTTLE_RATES, "1000000/second")
