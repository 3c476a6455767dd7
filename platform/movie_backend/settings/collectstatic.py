"""Settings of `manage.py collectstatic` while an image is built: no secrets, no servers."""

from django.core.management.utils import get_random_secret_key

from .base import *  # noqa: F403  # a settings module is the one place where names are inherited

SECRET_KEY = get_random_secret_key()
DATABASES = {"default": {"ENGINE": "django.db.backends.dummy"}}
REDIS_URL = ""

# Names carry a hash of the content, so browsers may keep the files for ever.
STORAGES = {
    # Nexus stores no uploads; posters and other pictures are addresses.
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
