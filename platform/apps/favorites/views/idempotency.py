"""Writes that a client may repeat without doing them twice, by the header Idempotency-Key."""

import re
from collections.abc import Callable
from datetime import datetime

from django.http import HttpResponse, HttpResponseBase
from django.utils.crypto import salted_hmac
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.favorites.actions.idempotency import (
    Answer,
    NamedRequest,
    answer_once,
    find_answer,
    make_room,
)
from apps.favorites.refusals import gone_parents_refused
from apps.users.requests import viewer_of

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
# For `extend_schema(parameters=…)` of every operation that takes a key.
PARAMETERS = [
    OpenApiParameter(
        HEADER,
        {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"},
        OpenApiParameter.HEADER,
        description="Names this request: sent again with the same key, it is answered as it "
        "was and written once. Printable ASCII; kept for 24 hours.",
    ),
    OpenApiParameter(
        REPLAYED,
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        enum=["true"],
        response=[200, 201],
        description="This request was answered before; this is that answer.",
    ),
]
_DIGEST_SALT = "favorites.idempotency"
_KEY = re.compile(r"[ -~]{1,200}")

# Does the write that was prepared, and says how it is answered.
Write = Callable[[], Response]


def answered_once(
    request: Request, *, at: datetime, prepare: Callable[[], Write]
) -> HttpResponseBase:
    """What the write answers; what it answered the first time, if its key was here before.

    `prepare` reads and checks the request before anything is locked; what the write does is
    locked until its end. With a key, that is a transaction that also stores the answer.
    """
    if HEADER not in request.headers:
        write = prepare()
        with gone_parents_refused():
            return write()
    named = _named(request, request.headers[HEADER])
    answer = find_answer(named) or _first_answer(named, at=at, write=prepare())
    response = HttpResponse(answer.text, status=answer.status, content_type="application/json")
    if answer.is_replayed:
        response[REPLAYED] = "true"
    return response


def _first_answer(named: NamedRequest, *, at: datetime, write: Write) -> Answer:
    make_room(user=named.user)
    with gone_parents_refused():
        return answer_once(request=named, at=at, write=lambda: _rendered(write()))


def _named(request: Request, key: str) -> NamedRequest:
    if not _KEY.fullmatch(key):
        message = "1 to 200 printable characters of ASCII."
        raise ValidationError({HEADER: [ErrorDetail(message, code="invalid")]})
    return NamedRequest(user=viewer_of(request), key=key, digest=_digest(request))


def _digest(request: Request) -> str:
    # Asking for the body first lets the parser read it again.
    asked = f"{request.method} {request.get_full_path()}\n".encode() + request.body
    # Of a plain hash of so few possible bodies one could tell what was watched in private.
    return salted_hmac(_DIGEST_SALT, asked, algorithm="sha256").hexdigest()


def _rendered(response: Response) -> Answer:
    text = JSONRenderer().render(response.data).decode()
    return Answer(status=response.status_code, text=text)
