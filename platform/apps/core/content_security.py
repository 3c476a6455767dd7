"""What browsers may load and run for our answers: nothing but what pages are named to need."""

from typing import Any

from csp.constants import HEADER, NONE, SELF
from csp.middleware import CSPMiddleware
from csp.utils import DEFAULT_DIRECTIVES, build_policy
from django.http import HttpRequest, HttpResponseBase

# JSON, files and whatever else is no page; the base of every page's policy too.
NOTHING: dict[str, Any] = {
    "default-src": [NONE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [NONE],
}
# Pages load from here alone, and run and style nothing that stands in the page itself.
PAGES: dict[str, Any] = {
    **NOTHING,
    "connect-src": [SELF],
    "font-src": [SELF],
    "form-action": [SELF],
    # Style sheets of the documentation hold small pictures.
    "img-src": [SELF, "data:"],
    "script-src": [SELF],
    "style-src": [SELF],
}


# The library would put it together for each answer.
_NOTHING_HEADER = build_policy({**DEFAULT_DIRECTIVES, **NOTHING})


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if response.headers.get("Content-Type", "").startswith("text/html"):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, _NOTHING_HEADER)
        return response
