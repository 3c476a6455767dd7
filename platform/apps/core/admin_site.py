"""The admin's name, and its index in the order in which operators look for things."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from .errors import ErrorCode

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

    @method_decorator(never_cache)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Counted as the API's log-in is, so that neither is the other's way around."""
        # This module is imported before settings and apps are there to count with.
        from .throttles import attempts

        counted = attempts(request, "login", email=lambda: self._looked_up(request))
        return self._too_many(request, counted) or super().login(request, extra_context)

    @method_decorator(never_cache)
    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Counted as the API's is: it asks for the old password."""
        counted = [("password_user", str(request.user.pk))]
        return self._too_many(request, counted) or super().password_change(request, extra_context)

    def _looked_up(self, request: HttpRequest) -> object:
        """The address as the form will look it up, which takes wide letters for plain ones."""
        from django.contrib.admin.forms import AdminAuthenticationForm

        form = (self.login_form or AdminAuthenticationForm)(request)
        return form.fields["username"].to_python(request.POST.get("username"))

    def _too_many(
        self, request: HttpRequest, counted: Iterable[tuple[str, str]]
    ) -> TemplateResponse | None:
        """Count an attempt; the page that refuses it if it is one too many."""
        from .throttles import count

        verdict = count(request, counted) if request.method == "POST" else None
        if verdict is None or verdict.is_allowed:
            return None
        seconds = verdict.reset_seconds
        context = {**self.each_context(request), "title": "Too many attempts", "seconds": seconds}
        template = "core/admin/too_many.html"
        status = ErrorCode.THROTTLED.status
        return TemplateResponse(request, template, context, status=status)


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
