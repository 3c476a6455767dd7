from django.urls import path

from .explanation_views import WhyNotView
from .generation_views import (
    GenerationDetailView,
    GenerationListView,
    GenerationPublishView,
    GenerationRollBackView,
)

urlpatterns = [
    path("generations/", GenerationListView.as_view(), name="generation-list"),
    path(
        "generations/roll-back/",
        GenerationRollBackView.as_view(),
        name="generation-roll-back",
    ),
    path("generations/<int:pk>/", GenerationDetailView.as_view(), name="generation-detail"),
    path(
        "generations/<int:pk>/publish/",
        GenerationPublishView.as_view(),
        name="generation-publish",
    ),
    path(
        "users/<int:user_id>/recommendations/<int:movie_id>/why-not/",
        WhyNotView.as_view(),
        name="recommendation-why-not",
    ),
]
