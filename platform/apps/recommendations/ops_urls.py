from django.urls import path

from .experiment_views import (
    ExperimentDetailView,
    ExperimentListView,
    ExperimentStartView,
    ExperimentStopView,
)
from .explanation_views import WhyNotView

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
    path(
        "users/<int:user_id>/recommendations/<int:movie_id>/why-not/",
        WhyNotView.as_view(),
        name="recommendation-why-not",
    ),
]
