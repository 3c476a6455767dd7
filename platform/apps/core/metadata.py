from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.metadata import BaseMetadata

if TYPE_CHECKING:
    # At run time these modules import this one, by the name in the settings.
    from rest_framework.request import Request
    from rest_framework.views import APIView


class AllowOnlyMetadata(BaseMetadata):
    """OPTIONS answers the Allow header; the OpenAPI document describes the rest."""

    def determine_metadata(self, _request: Request, _view: APIView) -> dict[str, Any]:
        return {}
