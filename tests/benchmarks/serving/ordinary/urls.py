from django.urls import include, path

from movie_backend.urls import handler400, handler403, handler404, handler500

from .views import RecommendationListView

__all__ = ["handler400", "handler403", "handler404", "handler500"]

urlpatterns = [
    path("api/v1/recommendations/", RecommendationListView.as_view()),
    path("", include("movie_backend.urls")),
]
