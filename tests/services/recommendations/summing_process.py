"""A worker process that sums up its host's matrix: to be killed by a test."""

import sys
from pathlib import Path

import django
from django.conf import settings

if __name__ == "__main__":
    django.setup()
    from apps.recommendations.models import ModelVersion
    from services.recommendations import gram_cache

    settings.RECOMMENDER_CACHE_DIR = Path(sys.argv[2])
    with gram_cache.one_on_this_host():
        list(gram_cache.add_slices(ModelVersion.objects.get(pk=int(sys.argv[1]))))
