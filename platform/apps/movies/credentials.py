from django.conf import settings


def has_credential() -> bool:
    """Whether the platform has something to name itself to TMDb by."""
    return bool(settings.TMDB_API_TOKEN or settings.TMDB_API_KEY)
