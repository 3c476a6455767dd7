"""Production settings: nothing starts without its secrets, and nobody can switch DEBUG on."""
# ruff: noqa: E402  # what is missing is told before any setting is read

from movie_backend import environment_check
from movie_backend.env import env, log_format

environment_check.exit_on_faults(in_production=True)

from . import collectstatic
from .base import *  # noqa: F403  # a settings module is the one place where names are inherited
from .base import LOGGING, SIMPLE_JWT, database

SECRET_KEY = env.str("SECRET_KEY")
SIMPLE_JWT["SIGNING_KEY"] = env.str("SIGNING_KEY")
DATABASES = {"default": database(env.str("DATABASE_URL"))}
REDIS_URL = env.str("REDIS_URL")
CELERY_BROKER_URL = REDIS_URL
# What was collected is what is served.
STORAGES = collectstatic.STORAGES

LOG_FORMAT = log_format("json")
LOGGING["handlers"]["stream"]["formatter"] = LOG_FORMAT

# A proxy in front ends TLS and says so in this header. It must overwrite what clients send, and
# nobody else may reach the web port: whoever can, may claim that a plain request came by TLS.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
# Needed only where a form reaches the admin under another origin than it was served from.
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
