from django.urls import path

from .event_views import EventsView
from .explanation_views import WhyView
from .views import RecommendationListView

urlpatterns = [
    path("", RecommendationListView.as_view(), name="recommendation-list"),
    path("events/", EventsView.as_view(), name="recommendation-events"),
    path("<int:movie_id>/why/", WhyView.as_view(), name="recommendation-why"),
]
