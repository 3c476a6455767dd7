from django.urls import path

from .experiment_views import (
    ExperimentDetailView,
    ExperimentListView,
    ExperimentStartView,
    ExperimentStopView,
)
from .explanation_views import WhyNotView
from .freshness_views import FreshnessView
from .generation_views import (
    GenerationDetailView,
    GenerationListView,
    GenerationPublishView,
    GenerationRollBackView,
)

urlpatterns = [
    path("experiments/", ExperimentListView.as_view(), name="experiment-list"),
    path(
        "experiments/<slug:name>/",
        ExperimentDetailView.as_view(),
        name="experiment-detail",
    ),
    path(
        "experiments/<slug:name>/start/",
        ExperimentStartView.as_view(),
        name="experiment-start",
    ),
    path(
        "experiments/<slug:name>/stop/",
        ExperimentStopView.as_view(),
        name="experiment-stop",
    ),
    path("freshness/", FreshnessView.as_view(), name="freshness"),
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
