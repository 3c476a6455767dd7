"""Production settings: nothing starts without its secrets."""

from movie_backend.env import env

from .base import *  # noqa: F403  # a settings module is the one place where names are inherited
from .base import SIMPLE_JWT, database

SECRET_KEY = env.str("SECRET_KEY")
SIMPLE_JWT["SIGNING_KEY"] = env.str("SIGNING_KEY")
DATABASES = {"default": database(env.str("DATABASE_URL"))}
REDIS_URL = env.str("REDIS_URL")
CELERY_BROKER_URL = REDIS_URL

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
STORAGES = {
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
