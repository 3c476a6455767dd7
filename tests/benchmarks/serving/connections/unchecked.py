"""A kept connection is used without looking whether it still stands."""

from movie_backend.settings.local import *  # noqa: F403  # as settings modules do
from movie_backend.settings.local import DATABASES

DATABASES = {"default": {**DATABASES["default"], "CONN_HEALTH_CHECKS": False}}
