"""The ASGI application of a push process; `movie_backend.push` serves it."""

import django

from movie_backend.web_environment import set_defaults

set_defaults()
django.setup()

from apps.recommendations.push.application import PushApplication  # noqa: E402  # wants the settings

application = PushApplication(urlconf="movie_backend.push_urls")
