"""What browsers may load and run for our answers: nothing but what pages are named to need."""

from typing import Any

from csp.constants import NONE, SELF
from csp.middleware import CSPMiddleware, PolicyParts
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


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,  # noqa: FBT001, FBT002  # the signature is the library's
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        is_page = response.get("Content-Type", "").startswith("text/html")
        return parts if report_only or is_page else PolicyParts(NOTHING)
