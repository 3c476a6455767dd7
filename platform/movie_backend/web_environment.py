import os


def set_defaults() -> None:
    """What a web process runs with unless its environment says otherwise."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "movie_backend.settings.production")
    # A request's statement must not hold its thread for ever; gunicorn's time-out does not end it.
    os.environ.setdefault("STATEMENT_TIMEOUT_MS", "10000")
    # Waiting for somebody else's lock is given up sooner than a statement that works.
    os.environ.setdefault("LOCK_TIMEOUT_MS", "5000")
