from csp.constants import NONCE
from csp.decorators import csp_update
from django.contrib import admin
from django.urls import include, path
from django.views.generic import TemplateView
from drf_spectacular.views import SpectacularJSONAPIView

swagger_ui = TemplateView.as_view(template_name="core/swagger_ui.html")
redoc = TemplateView.as_view(template_name="core/redoc.html")
# It searches in a worker that it makes itself, and writes style elements.
redoc = csp_update({"style-src": [NONCE], "worker-src": ["blob:"]})(redoc)

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("movie_backend.api_v1")),
    path("api/schema/", SpectacularJSONAPIView.as_view(), name="schema"),
    path("api/schema/swagger-ui/", swagger_ui, name="swagger-ui"),
    path("api/schema/redoc/", redoc, name="redoc"),
]

handler400 = "apps.core.error_responses.bad_request"
handler403 = "apps.core.error_responses.permission_denied"
handler404 = "apps.core.error_responses.page_not_found"
handler500 = "apps.core.error_responses.server_error"
