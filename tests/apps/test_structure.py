from pathlib import Path

from django.conf import settings
from django.db.models import signals

OURS = ("movie_backend", "apps", "services", "workers", "stack")


def test_platform_is_no_package() -> None:
    platform = Path(settings.ROOT, "platform")

    assert (platform / "apps").is_dir()
    assert not (platform / "__init__.py").exists()


def test_no_receiver_of_ours_listens_to_rows_being_saved_or_deleted() -> None:
    for signal in (signals.pre_save, signals.post_save, signals.pre_delete, signals.post_delete):
        receivers = [entry[1] for entry in signal.receivers]
        modules = [getattr(_function(r), "__module__", "") for r in receivers]
        assert not [module for module in modules if module.split(".")[0] in OURS]


def _function(receiver: object) -> object:
    """The function behind a receiver, which Django holds weakly by default."""
    return receiver() if type(receiver).__name__ in {"ReferenceType", "WeakMethod"} else receiver  # type: ignore[operator]
