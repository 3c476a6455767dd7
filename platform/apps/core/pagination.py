"""Numbered pages that never count the rows: one more row than shown tells if there is a next."""

from collections.abc import Iterable
from typing import Any, Protocol

from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView

from .errors import APIError, ErrorCode
from .parameters import integer_parameter, refuse_unknown_parameters

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
# Skipping rows costs time in proportion to their number; filters lead further than pages.
MAX_PAGE = 1000


class Sliceable(Protocol):
    """A sequence, or what reads only the rows of a slice."""

    def __getitem__(self, wanted: slice, /) -> Iterable[Any]: ...


class PagePagination(BasePagination):
    page: int
    has_next: bool
    request: Request

    def paginate_queryset(
        self,
        queryset: Sliceable,
        request: Request,
        view: APIView | None = None,
    ) -> list[Any]:
        size = self.read_parameters(request, view)
        start = (self.page - 1) * size
        rows = list(queryset[start : start + size + 1])
        if not rows and self.page > 1:
            raise APIError(ErrorCode.PAGE_NOT_FOUND)
        self.has_next = len(rows) > size and self.page < MAX_PAGE
        return rows[:size]

    def read_parameters(self, request: Request, view: APIView | None = None) -> int:
        """How many rows a page has. Refuses what cannot be used, before anything is looked for."""
        filterset = getattr(view, "filterset_class", None)
        filters = set(filterset.base_filters) if filterset else set()
        own = set(getattr(view, "own_parameters", ()))
        refuse_unknown_parameters(request, allowed=filters | own | {"page", "page_size"})
        self.request = request
        self.page = integer_parameter(request, "page", default=1, maximum=MAX_PAGE)
        return integer_parameter(
            request, "page_size", default=DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE
        )

    def get_paginated_response(self, data: Any) -> Response:
        return Response(self.page_of(data))

    def page_of(self, data: Any) -> dict[str, Any]:
        return {"next": self._next(), "previous": self._previous(), "results": data}

    def _next(self) -> str | None:
        if not self.has_next:
            return None
        return str(replace_query_param(self._url(), "page", self.page + 1))

    def _previous(self) -> str | None:
        if self.page == 1:
            return None
        if self.page == 2:  # noqa: PLR2004  # the page before the second is the address itself
            return str(remove_query_param(self._url(), "page"))
        return str(replace_query_param(self._url(), "page", self.page - 1))

    def _url(self) -> str:
        return self.request.build_absolute_uri()

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True, "example": None}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(
        self,
        view: APIView,  # noqa: ARG002  # the signature is drf-spectacular's
    ) -> list[dict[str, Any]]:
        return [
            _parameter("page", "The page, from 1.", default=1, maximum=MAX_PAGE),
            _parameter(
                "page_size", "Rows per page.", default=DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE
            ),
        ]


def _parameter(name: str, description: str, *, default: int, maximum: int) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 1, "maximum": maximum, "default": default}
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
    }
