"""A new connection for each request."""

from movie_backend.settings.local import *  # noqa: F403  # as settings modules do
from movie_backend.settings.local import DATABASES

DATABASES = {"default": {**DATABASES["default"], "CONN_MAX_AGE": 0}}
