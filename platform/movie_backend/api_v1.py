"""Every route of version 1 of the API, those that are asked for most first."""

from django.urls import include, path

urlpatterns = [
    path("recommendations/", include("apps.recommendations.urls")),
    path("auth/", include("apps.users.urls")),
    path("movies/", include("apps.movies.urls")),
    path("people/", include("apps.movies.people_urls")),
    path("ops/", include("apps.movies.ops_urls")),
    path("ops/", include("apps.recommendations.ops_urls")),
    path("", include("apps.favorites.urls")),
    path("onboarding/", include("apps.recommendations.onboarding_urls")),
]
