"""In which languages, and for which country, whoever asks is shown films.

It is worked out only for requests whose answers depend on it, and these say so to caches
(RFC 9110, 12.5.4 and 12.5.5). Whatever is read deep in a view asks for `current_locale`, as
Django's own texts ask for the language of theirs.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from itertools import takewhile
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

HEADER = "Accept-Language"
# Of a longer header no more is read, and nothing is kept.
LONGEST_KEPT = 500
# What is not there in these is looked for in the language of the catalogue.
MOST_LANGUAGES = 3

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_COUNTRY = re.compile(r"[A-Z]{2}")
# As TMDb names languages of which others have several names.
_NAMED_BY_TMDB = {"nb": "no", "nn": "no", "fil": "tl", "iw": "he", "in": "id", "yue": "cn"}
# The countries whose texts are closest to those of a script or a part of the world; the first is
# taken unless another of them is named.
_STANDS_FOR = {"HANT": ("TW", "HK", "MO"), "HANS": ("CN", "SG"), "419": ("MX",)}
# TMDb's name for Cantonese is not that of the standard.
_NAMED_BY_OTHERS = {"cn": "yue"}


class Tag(NamedTuple):
    """`language` is a code of ISO 639; `country` one of ISO 3166-1, or empty for any."""

    language: str
    country: str = ""

    def __str__(self) -> str:
        return f"{self.language}-{self.country}" if self.country else self.language


@dataclass(frozen=True, slots=True)
class Locale:
    """What texts are wanted in, best first, before the catalogue's language; and where one is.

    `region` is a code of ISO 3166-1, or empty. `key` tells locales apart.
    """

    tags: tuple[Tag, ...] = ()
    region: str = ""
    key: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", f"{','.join(map(str, self.tags))};{self.region}")

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(tag.language for tag in self.tags)


CATALOGUES = Locale()


def catalogue_tag() -> Tag:
    """What the catalogue's own titles and overviews are asked for in."""
    language, _, country = settings.TMDB_LANGUAGE.partition("-")
    return Tag(language, country)


@lru_cache(maxsize=1_000)
def negotiate(header: str, *, language: str = "", region: str = "") -> Locale:
    """By a header as it was sent, after what a profile says, if it does: that is a wish.

    A header that cannot be read asks for nothing.
    """
    names = list(_accepted(header))
    accepted = list(filter(None, map(_tag, names)))
    wished = list(_wished(_NAMED_BY_TMDB.get(language, language), region, accepted))
    regions = (region, *(country for name in names for country in _countries(name)))
    return Locale(_wanted([*wished, *accepted]), next(filter(None, regions), ""))


def _wished(language: str, region: str, accepted: Iterable[Tag]) -> Iterator[Tag]:
    """What a profile says. Of which country's the header tells best: a region is where one is."""
    if language:
        countries = (tag.country for tag in accepted if tag.language == language)
        yield Tag(language, next(filter(None, (*countries, region)), ""))


def _accepted(header: str) -> Iterator[str]:
    """The best first, up to the one that says that any other is as good."""
    for name, weight in parse_accept_lang_header(header):
        if name == "*":
            return
        if weight > 0:
            yield name


def _tag(name: str) -> Tag | None:
    """Of a language tag (RFC 5646): its language, and its country or what comes closest."""
    language = name.partition("-")[0]
    if not _LANGUAGE.fullmatch(language):
        return None
    countries = _countries(name)
    for subtag in _subtags(name):
        near = _STANDS_FOR.get(subtag, ())
        countries = [country for country in countries if country in near] or list(near) or countries
    return Tag(_NAMED_BY_TMDB.get(language, language), next(iter(countries), ""))


def _countries(name: str) -> list[str]:
    return [subtag for subtag in _subtags(name) if _COUNTRY.fullmatch(subtag)]


def _subtags(name: str) -> list[str]:
    """Behind a single letter there is something else, such as a calendar."""
    return [part.upper() for part in takewhile(lambda part: len(part) > 1, name.split("-")[1:])]


def _wanted(tags: Iterable[Tag]) -> tuple[Tag, ...]:
    """Each language once. The catalogue's needs no looking for, and has nothing behind it."""
    wanted: dict[str, Tag] = {}
    own = catalogue_tag()
    for tag in tags:
        wanted.setdefault(tag.language, tag)
        if tag.language == own.language:
            break
    chosen = list(wanted.values())[:MOST_LANGUAGES]
    if chosen and chosen[-1] in (own, Tag(own.language)):
        chosen.pop()
    return tuple(chosen)


class Negotiation:
    """That of one request: whether it was asked for, and for whom its answer turned out to be."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._locale: Locale | None = None
        self._noted: set[str] = set()

    @property
    def locale(self) -> Locale:
        """Once it is known who asks."""
        if self._locale is None:
            caller = getattr(self._request, "user", None)
            header = self._request.META.get("HTTP_ACCEPT_LANGUAGE", "")
            work_out = negotiate if len(header) <= LONGEST_KEPT else negotiate.__wrapped__
            self._locale = work_out(
                header,
                language=getattr(caller, "language", ""),
                region=getattr(caller, "region", ""),
            )
        return self._locale

    def note(self, language: str) -> None:
        if language:
            self._noted.add(language)

    @property
    def language(self) -> str:
        """Of those that the answer's texts are in the one that is wanted most, empty without any.

        Its audience reads that one, though some films may have no text in it (RFC 9110, 8.5).
        """
        language = min(self._noted, key=self._rank, default="")
        return _NAMED_BY_OTHERS.get(language, language)

    def describe(self, response: HttpResponseBase) -> None:
        """Say for whom the answer turned out to be, and to caches that others get another."""
        if self._locale is not None and self._request.method in ("GET", "HEAD"):
            patch_vary_headers(response, [HEADER])
        if self._noted and response.status_code in (HTTPStatus.OK, HTTPStatus.CREATED):
            response.headers["Content-Language"] = self.language

    def _rank(self, language: str) -> tuple[int, str]:
        wanted = (*self.locale.languages, catalogue_tag().language)
        return wanted.index(language) if language in wanted else len(wanted), language


_current: ContextVar[Negotiation | None] = ContextVar("negotiation", default=None)


def current_locale() -> Locale:
    negotiation = _current.get()
    return CATALOGUES if negotiation is None else negotiation.locale


def note_language(language: str) -> None:
    """A text that the answer to the request at hand shows is in this one, if it is not empty."""
    negotiation = _current.get()
    if negotiation is not None:
        negotiation.note(language)


def shown_language() -> str:
    """What the answer to the request at hand is for so far."""
    negotiation = _current.get()
    return "" if negotiation is None else negotiation.language


class LocaleMiddleware:
    """Has `current_locale` be that of the request, and the answer say what it depends on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        negotiation = Negotiation(request)
        token = _current.set(negotiation)
        try:
            response = self.get_response(request)
        finally:
            _current.reset(token)
        negotiation.describe(response)
        return response
