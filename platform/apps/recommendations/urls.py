from django.urls import path

from .explanation_views import WhyView
from .home_views import HomeView
from .views import RecommendationListView

urlpatterns = [
    path("", RecommendationListView.as_view(), name="recommendation-list"),
    path("home/", HomeView.as_view(), name="recommendation-home"),
    path("<int:movie_id>/why/", WhyView.as_view(), name="recommendation-why"),
]
