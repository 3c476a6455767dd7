from django.urls import path

from .onboarding_views import OnboardingView, SkipDetailView, SkipListView

urlpatterns = [
    path("", OnboardingView.as_view(), name="onboarding"),
    path("skips/", SkipListView.as_view(), name="onboarding-skip-list"),
    path("skips/<int:movie_id>/", SkipDetailView.as_view(), name="onboarding-skip-detail"),
]
