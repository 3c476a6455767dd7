from django.urls import path

from .explanation_views import WhyView
from .refresh_views import RefreshView
from .views import RecommendationListView

urlpatterns = [
    path("", RecommendationListView.as_view(), name="recommendation-list"),
    path("refresh/", RefreshView.as_view(), name="recommendation-refresh"),
    path("<int:movie_id>/why/", WhyView.as_view(), name="recommendation-why"),
]
