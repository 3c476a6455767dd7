from django.urls import path

from .views.people import PersonDetailView

urlpatterns = [path("<int:pk>/", PersonDetailView.as_view(), name="person-detail")]
