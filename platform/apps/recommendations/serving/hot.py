"""The answer to an ordinary request for a page of the viewer's list, without the framework's way.

It is what the view would answer, or nothing at all: whatever is out of the ordinary, errors,
refusals, filters, pages that run short, is the view's. What was counted here it does not count
again. A caller who can wait for a list may answer in its place where there is none yet.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.core import throttles
from apps.core.conditional import etag_of, not_modified
from apps.core.field_selection import key_of
from apps.core.locales import current_locale
from apps.movies import images
from apps.recommendations.answers import page_answer, waiting_answer
from apps.recommendations.links import next_url
from apps.recommendations.serializers import FORMAT
from apps.recommendations.waiting import wait_for
from apps.users.authentication import bearer_claims, note_seen
from apps.users.tokens import AccessClaims

from .asked import Asked, asked_of
from .stored_pages import MORE_SPARE, SPARE, Row, page_of, read_row, stored_of, version_of

# Which the view would say.
_ALLOW = "GET, HEAD, OPTIONS"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who was recognised, for the log, and what their profile wants films shown in."""

    pk: int
    language: str
    region: str
    is_authenticated: ClassVar[bool] = True


# What is answered in place of 202 where a list may still come; None: that is the view's, too.
Postpone = Callable[[AccessClaims, Asked], HttpResponse | None]


def hot_answer(request: HttpRequest, *, postpone: Postpone | None = None) -> HttpResponse | None:
    at = timezone.now()
    claims = bearer_claims(request, at=at)
    asked = None if claims is None else asked_of(request, user_id=claims.user_id)
    if claims is None or asked is None:
        return None
    read = partial(read_row, claims, cursor=asked.cursor, at=at)
    row = read(count=asked.limit + SPARE)
    if row is None:
        return None
    request.user = Caller(claims.user_id, row.language, row.region)  # type: ignore[assignment]  # nobody looks further
    note_seen(claims.session_id, row.last_seen_at)
    if not throttles.is_allowed_ahead(request, user_id=claims.user_id):
        return None
    if postpone and asked.cursor is None and row.revision < asked.min_revision:
        return postpone(claims, asked)
    answer = _answer(request, asked, row, at=at)
    if answer is None and len(row.ids) == asked.limit + SPARE:
        longer = read(count=asked.limit + MORE_SPARE)
        answer = longer and _answer(request, asked, longer, at=at)
    if answer is not None:
        answer.headers["Allow"] = _ALLOW
    return answer


def _answer(request: HttpRequest, asked: Asked, row: Row, *, at: datetime) -> HttpResponse | None:
    return _waiting(asked, row, at=at) or _page(request, asked, row)


def _waiting(asked: Asked, row: Row, *, at: datetime) -> HttpResponse | None:
    stored = stored_of(row)
    waiting = wait_for(
        revision=asked.min_revision,
        stored=stored,
        cursor=asked.cursor,
        user_id=asked.user_id,
        at=at,
    )
    if waiting is None:
        return None
    return waiting_answer(waiting, stored, revision=asked.min_revision)


def _page(request: HttpRequest, asked: Asked, row: Row) -> HttpResponse | None:
    etag = _etag(request, asked, row)
    held = not_modified(request, etag)
    if held is not None:
        return held
    page = page_of(row, offset=asked.offset, limit=asked.limit)
    if page is None:
        return None
    address = next_url(request, page.next, user_id=asked.user_id)
    answer = page_answer(page, next_url=address, fields=asked.fields)
    answer.headers["ETag"] = etag
    return answer


def _etag(request: HttpRequest, asked: Asked, row: Row) -> str:
    """Links name the host that the request did, and cards the addresses of images."""
    prefixes = images.known.get().of_cards
    parameters = (asked.limit, asked.offset, asked.min_revision, key_of(asked.fields))
    address = (request.scheme, request.get_host())
    of_caller = (asked.user_id, current_locale().key)
    return etag_of(FORMAT, address, prefixes, of_caller, parameters, version_of(row))
