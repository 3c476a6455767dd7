"""Django's own check of a kept connection: a statement at the beginning of each request."""

from movie_backend.settings.local import *  # noqa: F403  # as settings modules do
from movie_backend.settings.local import DATABASES

DATABASES = {"default": {**DATABASES["default"], "ENGINE": "django.db.backends.postgresql"}}
