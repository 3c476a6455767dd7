"""The platform's settings, with the ordinary view at the address of ours."""

from movie_backend.settings.local import *  # noqa: F403  # as settings modules do
from movie_backend.settings.local import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.benchmarks.serving.ordinary"]
ROOT_URLCONF = "tests.benchmarks.serving.ordinary.urls"
