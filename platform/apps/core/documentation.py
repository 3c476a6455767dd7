"""The OpenAPI document and the two pages that show it."""

from typing import Any

from csp.constants import NONCE
from csp.decorators import csp_update
from django.http import HttpResponseBase, JsonResponse
from django.views.generic import TemplateView
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from .parameters import refuse_unknown_parameters


class SchemaView(SpectacularJSONAPIView):
    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        # The library would keep a catalogue in memory for each `?lang=` that anybody makes up.
        refuse_unknown_parameters(request, allowed=set())
        response: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]  # the library has no types
        return response

    def handle_exception(self, exc: Exception) -> HttpResponseBase:  # type: ignore[override]  # DRF passes on any answer
        """Errors are no document, and have a content type of their own."""
        response = super().handle_exception(exc)
        del response.headers["Content-Type"]
        return JsonResponse(response.data, status=response.status_code, headers=response.headers)


swagger_ui = TemplateView.as_view(template_name="core/swagger_ui.html")
# It writes style elements and searches in a worker that it makes itself. Two of the elements come
# before it knows the nonce: an empty one, and that of its scrollbars. What the policy refuses is
# the logo of its makers on another host, which then is not shown.
redoc = csp_update(
    {
        "style-src": [
            NONCE,
            "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
            "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='",
        ],
        "worker-src": ["blob:"],
    }
)(TemplateView.as_view(template_name="core/redoc.html"))
