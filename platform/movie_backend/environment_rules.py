"""What the values of environment variables must be like, whichever settings read them."""

import json
import logging
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit

from marshmallow import fields

from apps.core.logs import FORMATS

DATABASE_SCHEMES = ("postgres", "postgresql")
REDIS_SCHEMES = ("redis", "rediss")
WEB_SCHEMES = ("http", "https")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
MAIL_SCHEMES = ("smtp", "smtps", "submission")
# They send nothing; production refuses them.
OTHER_MAIL_SCHEMES = ("console", "file", "memory", "dummy")
HIGHEST_PORT = 65_535
MOST_PROXIES = 10
# A request in a hundred seconds, and more than any machine sends.
LOWEST_REQUEST_RATE = 0.01
HIGHEST_REQUEST_RATE = 1000
LONGEST_PATIENCE = 5

# Written out, because importing `limits` would double the time to start.
_LIMIT = r"[1-9]\d{0,8}/(second|minute|hour|day)"
_LIMITS = re.compile(rf"{_LIMIT}(;{_LIMIT})*")

# Begins with a letter: numbers can be addresses, also without dots.
_BARE_NAME = re.compile(r"[a-z][a-z0-9_-]*")

_ADDRESS = re.compile(r"[^\s@;<>]+@[^\s@;<>]+")

# Nothing that would end a header's line; empty: there is none.
_TOKEN = re.compile(r"[\w.~+/=-]{0,2000}", re.ASCII)
_TMDB_KEY = re.compile(r"([0-9a-f]{32})?")
_COUNTRY = re.compile(r"([A-Z]{2})?")
# TMDb has no page after it.
MOST_LIST_PAGES = 500
MOST_FETCH_THREADS = 64
# Six months are what TMDb's terms allow.
MOST_CACHE_DAYS = 184
_TMDB_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")
_LANGUAGE_CODE = re.compile(r"[a-z]{2}")

MAX_AGE = "HEALTH_MAX_AGE_SECONDS"
CANARY = "HEALTH_CANARY_SECONDS"
DEFAULT_MAX_AGE_SECONDS = 30
DEFAULT_CANARY_SECONDS = 10
REFRESH = "TMDB_REFRESH_DAYS"
CACHE = "TMDB_CACHE_DAYS"
DEFAULT_REFRESH_DAYS = 150
DEFAULT_CACHE_DAYS = 180


@dataclass(frozen=True, slots=True)
class Rule:
    """`must` ends the sentence that names the variable; it never repeats the value."""

    must: str
    is_met: Callable[[str], bool]


def one_of(*allowed: str) -> Rule:
    return Rule(f"must be one of {', '.join(allowed)}", allowed.__contains__)


def matching(must: str, pattern: re.Pattern[str]) -> Rule:
    return Rule(f"must {must}", lambda value: pattern.fullmatch(value) is not None)


def whole_number(*, at_least: int, at_most: float = math.inf) -> Rule:
    def is_met(value: str) -> bool:
        return at_least <= int(value) <= at_most

    upper = "" if at_most == math.inf else f" and at most {at_most}"
    return Rule(f"must be a whole number of at least {at_least}{upper}", is_met)


def _is_positive(value: str) -> bool:
    return 0 < float(value) < math.inf


def _is_share(value: str) -> bool:
    return 0 <= float(value) <= 1


def _is_patience(value: str) -> bool:
    return 0 <= float(value) <= LONGEST_PATIENCE


def _is_switch(value: str) -> bool:
    return value in fields.Boolean.truthy | fields.Boolean.falsy


def _names_database(value: str) -> bool:
    url = _split(value)
    return url.scheme in DATABASE_SCHEMES and bool(url.hostname) and len(url.path) > 1


def _names_broker(value: str) -> bool:
    url = _split(value)
    number = url.path.strip("/") or "0"
    return url.scheme in REDIS_SCHEMES and bool(url.hostname) and number.isdecimal()


def _is_rate(value: str) -> bool:
    return _LIMITS.fullmatch(value) is not None


def _names_mail_backend(value: str) -> bool:
    url = _split(value)
    # Neither is read: it would be lost in silence.
    if url.query or url.fragment:
        return False
    return url.scheme in OTHER_MAIL_SCHEMES or is_mail_server(value)


def is_mail_server(value: str) -> bool:
    url = _split(value)
    return url.scheme in MAIL_SCHEMES and bool(url.hostname)


def is_mail_in_clear_text(value: str) -> bool:
    """Whether mail, or a password, would go unencrypted over more than a network of our own."""
    try:
        url = _split(value)
    except ValueError:  # a fault of its own
        return False
    host = url.hostname or ""
    is_near = not host or host in LOOPBACK or _BARE_NAME.fullmatch(host)
    return url.scheme == "smtp" and (url.username is not None or not is_near)


def _is_sender(value: str) -> bool:
    return value.isprintable() and "@" in parseaddr(value)[1]


def _are_addresses(value: str) -> bool:
    return all(_ADDRESS.fullmatch(each.strip(" ")) for each in value.split(",") if each.strip(" "))


def _are_languages(value: str) -> bool:
    codes = [each.strip(" ") for each in value.split(",")]
    return all(_LANGUAGE_CODE.fullmatch(code) for code in codes if code)


def _are_origins(value: str) -> bool:
    return all(_is_origin(origin.strip()) for origin in value.split(",") if origin.strip())


def _is_origin(value: str) -> bool:
    url = _split(value)
    is_whole = value == f"{url.scheme}://{url.netloc}"
    return url.scheme in WEB_SCHEMES and is_whole and bool(url.hostname) and "*" not in value


def _is_page_for_token(value: str) -> bool:
    url = _split(value)
    is_safe = url.scheme == "https" or url.hostname in LOOPBACK
    return not value or (bool(url.hostname) and is_safe and value.count("{token}") == 1)


def _is_server(value: str) -> bool:
    """Whether a credential may be sent there; what stands in its place may run on this machine."""
    url = _split(value)
    is_safe = url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK)
    is_whole = value == f"{url.scheme}://{url.netloc}{url.path}" and url.username is None
    return is_safe and is_whole and bool(url.hostname) and value.isascii() and value.isprintable()


def _is_json_object(value: str) -> bool:
    return isinstance(json.loads(value), dict)


def _is_request_rate(value: str) -> bool:
    return LOWEST_REQUEST_RATE <= float(value) <= HIGHEST_REQUEST_RATE


def _split(value: str) -> SplitResult:
    """Raises ValueError for what is no URL, its port included."""
    url = urlsplit(value)
    _ = url.port
    return url


_LEVEL = one_of(*logging.getLevelNamesMapping())
_COUNT = whole_number(at_least=1)
_MILLISECONDS = whole_number(at_least=0, at_most=2**31 - 1)
_ORIGINS = Rule("must be origins such as https://nexus.example, with commas between", _are_origins)
_OPTIONAL_ORIGIN = Rule(
    "must be an origin such as https://push.nexus.example",
    lambda value: not value or _is_origin(value),
)
_PAGE_FOR_TOKEN = Rule("must be an https:// URL with {token} in it once", _is_page_for_token)
_POSITIVE = Rule("must be a number above 0", _is_positive)
_PATIENCE = Rule(f"must be a number from 0 to {LONGEST_PATIENCE}", _is_patience)
_SERVER = Rule("must be an https:// URL, or http:// on this machine", _is_server)
_SWITCH = Rule("must be true or false", _is_switch)
_RATE = Rule("must read such as 10/minute or 10/minute;100/hour", _is_rate)
_THROTTLES = (
    *("USER", "ANONYMOUS", "LOGIN_ACCOUNT", "LOGIN_ADDRESS", "REGISTER_ACCOUNT"),
    *("REGISTER_ADDRESS", "MAIL_ACCOUNT", "MAIL_ADDRESS", "MAIL_TOKEN_ADDRESS"),
    *("PASSWORD_USER", "EXPORT_USER", "EXPLANATION_USER"),
    *("EVENTS_USER", "FEEDBACK_USER", "REFRESH_USER", "STREAM_USER"),
)

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "DATABASE_URL": Rule(
            "must read postgres://user:password@host:port/database", _names_database
        ),
        "REDIS_URL": Rule("must read redis://:password@host:port/number", _names_broker),
        "PORT": whole_number(at_least=1, at_most=HIGHEST_PORT),
        "PUSH_PORT": whole_number(at_least=1, at_most=HIGHEST_PORT),
        "PUSH_URL": _OPTIONAL_ORIGIN,
        "PUSH_HEARTBEAT_SECONDS": _POSITIVE,
        "PUSH_MAX_STREAMS": _COUNT,
        "PUSH_MAX_STREAMS_PER_VIEWER": _COUNT,
        "PUSH_THREADS": _COUNT,
        "WEB_CONCURRENCY": _COUNT,
        "WEB_THREADS": _COUNT,
        "STATEMENT_TIMEOUT_MS": _MILLISECONDS,
        "LOCK_TIMEOUT_MS": _MILLISECONDS,
        "HOME_CACHE_SECONDS": whole_number(at_least=0, at_most=3600),
        "FILM_CACHE_MEGABYTES": whole_number(at_least=1, at_most=1_000_000),
        "HOME_CACHE_MEGABYTES": whole_number(at_least=1, at_most=1_000_000),
        "COMPRESS_ANSWERS": _SWITCH,
        "CORS_ALLOWED_ORIGINS": _ORIGINS,
        "CSRF_TRUSTED_ORIGINS": _ORIGINS,
        "EMAIL_URL": Rule(
            "must read submission://user:password@host, or smtps:// or smtp://",
            _names_mail_backend,
        ),
        "ALERT_EMAILS": Rule("must be addresses with commas between", _are_addresses),
        "DEFAULT_FROM_EMAIL": Rule("must read Name <name@host>", _is_sender),
        "EMAIL_VERIFICATION_URL": _PAGE_FOR_TOKEN,
        "PASSWORD_RESET_URL": _PAGE_FOR_TOKEN,
        "LOG_FORMAT": one_of(*FORMATS),
        "LOG_LEVEL": _LEVEL,
        "CELERY_LOG_LEVEL": _LEVEL,
        "DEBUG": _SWITCH,
        "SIMULATED_VIEWERS": _SWITCH,
        "RECOMMENDER_MAX_CHURN": Rule("must be a share from 0 to 1", _is_share),
        "RECOMMENDER_MIN_USERS": _COUNT,
        "RECOMMENDER_MIN_RATINGS_PER_USER": _COUNT,
        "RECOMMENDER_MODEL": Rule("must be a JSON object", _is_json_object),
        "RECOMMENDER_PIPELINE": Rule("must be a JSON object", _is_json_object),
        "RECOMMENDER_GATE_MARGIN": Rule("must be a share from 0 to 1", _is_share),
        "REALTIME_HIGH_WATER_MARK": _COUNT,
        "IMPRESSION_RETENTION_DAYS": _COUNT,
        "FRESHNESS_OBJECTIVE_SECONDS": _POSITIVE,
        "BACKGROUND_NICENESS": whole_number(at_least=0, at_most=19),
        "BACKGROUND_PATIENCE_SECONDS": _PATIENCE,
        MAX_AGE: _COUNT,
        CANARY: _COUNT,
        "HEALTH_BEAT_SECONDS": _COUNT,
        "HEALTH_TIMEOUT_SECONDS": _POSITIVE,
        "TMDB_API_TOKEN": matching("be TMDb's API Read Access Token", _TOKEN),
        "TMDB_API_KEY": matching("be TMDb's API key, 32 digits of 0-9 and a-f", _TMDB_KEY),
        "TMDB_URL": _SERVER,
        "TMDB_EXPORT_URL": _SERVER,
        "TMDB_REQUESTS_PER_SECOND": Rule(
            f"must be a number from {LOWEST_REQUEST_RATE} to {HIGHEST_REQUEST_RATE}",
            _is_request_rate,
        ),
        "TMDB_LANGUAGE": matching("read such as en or en-US", _TMDB_LANGUAGE),
        "TMDB_POSTER_LANGUAGES": Rule(
            "must be codes of languages such as de,en,fr, with commas between", _are_languages
        ),
        "TMDB_CONNECT_TIMEOUT_SECONDS": _POSITIVE,
        "TMDB_READ_TIMEOUT_SECONDS": _POSITIVE,
        "TMDB_REGION": matching("be a country such as CH", _COUNTRY),
        "TMDB_LIST_PAGES": whole_number(at_least=1, at_most=MOST_LIST_PAGES),
        "TMDB_TRENDING_HOURLY": _SWITCH,
        "TMDB_FIRST_TITLES": whole_number(at_least=0),
        "TMDB_FETCH_THREADS": whole_number(at_least=1, at_most=MOST_FETCH_THREADS),
        REFRESH: whole_number(at_least=1, at_most=MOST_CACHE_DAYS - 1),
        CACHE: whole_number(at_least=1, at_most=MOST_CACHE_DAYS),
        "TRUSTED_PROXY_COUNT": whole_number(at_least=0, at_most=MOST_PROXIES),
        **{f"THROTTLE_{scope}": _RATE for scope in _THROTTLES},
    }
)


def broken_by(name: str, value: str) -> str | None:
    """What is wrong with the value, if anything is; the value is not repeated."""
    rule = RULES[name]
    try:
        is_met = rule.is_met(value)
    except ValueError:
        is_met = False
    return None if is_met else f"{name} {rule.must}"


def is_refreshed_too_late(values: Mapping[str, str]) -> bool:
    """Whether films would be blanked that nobody has tried to fetch again."""
    try:
        refresh = int(values.get(REFRESH, DEFAULT_REFRESH_DAYS))
        cache = int(values.get(CACHE, DEFAULT_CACHE_DAYS))
    except ValueError:  # a fault of its own
        return False
    return 0 < cache <= refresh


def are_signs_too_rare(values: Mapping[str, str]) -> bool:
    """Whether a queue's heartbeat would be too old before the next canary is sent."""
    try:
        age = int(values.get(MAX_AGE, DEFAULT_MAX_AGE_SECONDS))
        interval = int(values.get(CANARY, DEFAULT_CANARY_SECONDS))
    except ValueError:  # a fault of its own
        return False
    return 0 < age <= interval
