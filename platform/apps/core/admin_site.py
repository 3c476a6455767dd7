"""The admin's name, and its index in the order in which operators look for things."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest

# What stands first is looked at most. Apps that are not named follow.
ORDER = (
    "recommendations",
    "django_celery_beat",
    "movies",
    "favorites",
    "users",
    "core",
    "admin",
)


class NexusAdminSite(AdminSite):
    site_header = "Nexus"
    site_title = "Nexus"
    index_title = "Operations"

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        found: list[Any] = super().get_app_list(request, app_label)
        if app_label is None:
            _move_groups(found)
        return sorted((app for app in found if app["models"]), key=_place)


class NexusAdminConfig(AdminConfig):
    default_site = "apps.core.admin_site.NexusAdminSite"


def _place(app: dict[str, Any]) -> int:
    label = app["app_label"]
    return ORDER.index(label) if label in ORDER else len(ORDER)


def _move_groups(found: list[Any]) -> None:
    """Groups stand with the users they are made of, as far as both are shown."""
    by_label = {app["app_label"]: app for app in found}
    if {"auth", "users"} <= by_label.keys():
        by_label["users"]["models"] += by_label["auth"]["models"]
        by_label["auth"]["models"] = []
