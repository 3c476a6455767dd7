from django.core.wsgi import get_wsgi_application

from movie_backend.web_environment import set_defaults

set_defaults()

application = get_wsgi_application()
