from django.core.asgi import get_asgi_application

from movie_backend.web_environment import set_defaults

set_defaults()

application = get_asgi_application()
