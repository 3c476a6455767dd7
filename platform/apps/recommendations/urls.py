from django.urls import path

from .explanation_views import WhyView
from .feedback_views import FeedbackView
from .home_views import HomeView
from .push.list_views import WaitingListView
from .push.views import StreamView, TicketView
from .refresh_views import RefreshView
from .stats_views import RecommendationStatsView

urlpatterns = [
    path("", WaitingListView.as_view(), name="recommendation-list"),
    path("home/", HomeView.as_view(), name="recommendation-home"),
    path("events/", StreamView.as_view(), name="recommendation-events"),
    path("events/ticket/", TicketView.as_view(), name="recommendation-events-ticket"),
    path("feedback/", FeedbackView.as_view(), name="recommendation-feedback"),
    path("stats/", RecommendationStatsView.as_view(), name="recommendation-stats"),
    path("refresh/", RefreshView.as_view(), name="recommendation-refresh"),
    path("<int:movie_id>/why/", WhyView.as_view(), name="recommendation-why"),
]
