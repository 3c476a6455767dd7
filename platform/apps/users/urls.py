from django.urls import path

from .views.accounts import RegisterView
from .views.sessions import SessionDetailView, SessionListView
from .views.tokens import LoginView, LogoutAllView, LogoutView, RefreshView, VerifyView

urlpatterns = [
    path("register/", RegisterView.as_view(), name="auth-register"),
    path("login/", LoginView.as_view(), name="auth-login"),
    path("logout/", LogoutView.as_view(), name="auth-logout"),
    path("logout-all/", LogoutAllView.as_view(), name="auth-logout-all"),
    path("token/refresh/", RefreshView.as_view(), name="auth-token-refresh"),
    path("token/verify/", VerifyView.as_view(), name="auth-token-verify"),
    path("sessions/", SessionListView.as_view(), name="auth-sessions"),
    path("sessions/<uuid:pk>/", SessionDetailView.as_view(), name="auth-session"),
]
