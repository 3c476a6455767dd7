from django.urls import path

from .event_views import EventsView
from .explanation_views import WhyView
from .feedback_views import FeedbackView
from .home_views import HomeView
from .refresh_views import RefreshView
from .stats_views import RecommendationStatsView
from .views import RecommendationListView

urlpatterns = [
    path("", RecommendationListView.as_view(), name="recommendation-list"),
    path("home/", HomeView.as_view(), name="recommendation-home"),
    path("events/", EventsView.as_view(), name="recommendation-events"),
    path("feedback/", FeedbackView.as_view(), name="recommendation-feedback"),
    path("stats/", RecommendationStatsView.as_view(), name="recommendation-stats"),
    path("refresh/", RefreshView.as_view(), name="recommendation-refresh"),
    path("<int:movie_id>/why/", WhyView.as_view(), name="recommendation-why"),
]
