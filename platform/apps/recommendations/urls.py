from django.urls import path

from .explanation_views import WhyView
from .views import RecommendationListView

urlpatterns = [
    path("", RecommendationListView.as_view(), name="recommendation-list"),
    path("<int:movie_id>/why/", WhyView.as_view(), name="recommendation-why"),
]
