from django.urls import path

from .explanation_views import WhyNotView

urlpatterns = [
    path(
        "users/<int:user_id>/recommendations/<int:movie_id>/why-not/",
        WhyNotView.as_view(),
        name="recommendation-why-not",
    ),
]
