from django.urls import path

from .ops_views import SyncRunDetailView, SyncRunListView

urlpatterns = [
    path("sync-runs/", SyncRunListView.as_view(), name="sync-run-list"),
    path("sync-runs/<int:pk>/", SyncRunDetailView.as_view(), name="sync-run-detail"),
]
