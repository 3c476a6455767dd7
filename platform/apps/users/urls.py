from django.urls import path

from .views.accounts import RegisterView
from .views.addresses import ResendVerificationView, VerifyEmailView
from .views.password_resets import PasswordResetConfirmView, PasswordResetView
from .views.passwords import PasswordChangeView
from .views.personal_data import AccountDeletionView, ExportView
from .views.profile import ProfileView
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
    path("profile/", ProfileView.as_view(), name="auth-profile"),
    path("change-password/", PasswordChangeView.as_view(), name="auth-change-password"),
    path("account/delete/", AccountDeletionView.as_view(), name="auth-account-delete"),
    path("password-reset/", PasswordResetView.as_view(), name="auth-password-reset"),
    path(
        "password-reset/confirm/",
        PasswordResetConfirmView.as_view(),
        name="auth-password-reset-confirm",
    ),
    path("verify-email/", VerifyEmailView.as_view(), name="auth-verify-email"),
    path("verify-email/resend/", ResendVerificationView.as_view(), name="auth-verify-email-resend"),
    path("export/", ExportView.as_view(), name="auth-export"),
]
