"""What a push process answers: as many routes as a proxy may bring there by their paths alone."""

from django.urls import path

from .push.list_views import WaitingListView
from .push.views import StreamView, TicketView

urlpatterns = [
    path("", WaitingListView.as_view(waits=True), name="recommendation-list"),
    path("events/", StreamView.as_view(opens_streams=True), name="recommendation-events"),
    path("events/ticket/", TicketView.as_view(), name="recommendation-events-ticket"),
]
