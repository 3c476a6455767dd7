"""The routes of a push process, under the same paths as those of the web process."""

from django.urls import include, path

from .urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [path("api/v1/recommendations/", include("apps.recommendations.push_urls"))]
