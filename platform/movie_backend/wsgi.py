from django.core.wsgi import get_wsgi_application

from apps.core.chunked_bodies import ChunkedBodies
from movie_backend.web_environment import set_defaults

set_defaults()

application = ChunkedBodies(get_wsgi_application())
