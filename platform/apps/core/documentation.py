"""The OpenAPI document and the two pages that show it."""

from functools import cache
from hashlib import sha256

from csp.constants import NONCE
from csp.decorators import csp_update
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.utils.cache import get_conditional_response
from django.views.generic import TemplateView
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.request import Request

from .parameters import refuse_unknown_parameters


@cache
def rendered_document() -> tuple[bytes, str]:
    """The document and its ETag; made once, because it costs more than any answer of the API."""
    document = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]  # the library has no types
    content: bytes = OpenApiJsonRenderer().render(document)
    return content, f'"{sha256(content).hexdigest()}"'


class SchemaView(SpectacularJSONAPIView):
    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponseBase:
        # Parameters of the library, such as `?lang=`, would ask for other documents than the one.
        refuse_unknown_parameters(request, allowed=set())
        content, etag = rendered_document()
        headers = {
            "Cache-Control": "no-cache",
            "Content-Disposition": 'inline; filename="Nexus API.json"',
            "ETag": etag,
        }
        kind = f"{request.accepted_renderer.media_type}; charset=utf-8"
        response = HttpResponse(content, content_type=kind, headers=headers)
        return get_conditional_response(request._request, etag=etag, response=response) or response  # noqa: SLF001

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
