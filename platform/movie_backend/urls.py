from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import (
    SpectacularJSONAPIView,
    SpectacularRedocView,
    SpectacularSwaggerView,
)

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("movie_backend.api_v1")),
    path("api/schema/", SpectacularJSONAPIView.as_view(), name="schema"),
    path("api/schema/swagger-ui/", SpectacularSwaggerView.as_view(), name="swagger-ui"),
    path(
        "api/schema/redoc/",
        SpectacularRedocView.as_view(template_name="core/redoc.html"),
        name="redoc",
    ),
]

handler400 = "apps.core.error_responses.bad_request"
handler403 = "apps.core.error_responses.permission_denied"
handler404 = "apps.core.error_responses.page_not_found"
handler500 = "apps.core.error_responses.server_error"
