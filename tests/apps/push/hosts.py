"""Settings of the tests that check hosts."""

from movie_backend.settings.test import *  # noqa: F403  # all of them but one

ALLOWED_HOSTS = ["127.0.0.1"]
