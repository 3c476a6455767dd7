"""What a request for a page of a list is answered, whichever way it took."""

from django.http import HttpResponse
from rest_framework.status import HTTP_200_OK, HTTP_202_ACCEPTED

from apps.core.field_selection import Chosen
from apps.core.json_answers import CONTENT_TYPE, as_json

from .pages import Page
from .retries import retry_after
from .serializers import page_json, waiting_data
from .stored import StoredList
from .waiting import Waiting


def page_answer(page: Page, *, next_url: str | None, fields: Chosen) -> HttpResponse:
    body = page_json(page, next_url=next_url, fields=fields)
    return HttpResponse(body, content_type=CONTENT_TYPE, status=HTTP_200_OK)


def waiting_answer(waiting: Waiting, stored: StoredList, *, revision: int) -> HttpResponse:
    body = as_json(waiting_data(waiting, stored, revision=revision))
    response = HttpResponse(body, content_type=CONTENT_TYPE, status=HTTP_202_ACCEPTED)
    seconds = retry_after(waiting)
    if seconds is not None:
        response["Retry-After"] = seconds
    return response
