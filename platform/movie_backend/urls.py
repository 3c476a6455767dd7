from django.contrib import admin
from django.urls import include, path

from apps.core import documentation

# They are tried in this order; what is asked for most comes first.
urlpatterns = [
    path("api/v1/", include("movie_backend.api_v1")),
    path("admin/", admin.site.urls),
    path("api/schema/", documentation.SchemaView.as_view(), name="schema"),
    path("api/schema/swagger-ui/", documentation.swagger_ui, name="swagger-ui"),
    path("api/schema/redoc/", documentation.redoc, name="redoc"),
]

handler400 = "apps.core.error_responses.bad_request"
handler403 = "apps.core.error_responses.permission_denied"
handler404 = "apps.core.error_responses.page_not_found"
handler500 = "apps.core.error_responses.server_error"
