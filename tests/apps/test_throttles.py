"""What each view counts, how it answers, and that nobody gets around it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.conf import LazySettings, settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from apps.core.throttles import DefaultThrottle
from apps.recommendations.throttles import (
    EventsThrottle,
    ExplanationThrottle,
    FeedbackThrottle,
    RefreshThrottle,
    StreamThrottle,
)
from apps.users import throttles
from movie_backend.settings import base
from tests.apps.api import client_of, everything_written, refused
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

LOGIN = "/api/v1/auth/login/"
WRONG = "not the password"
NEW = "wrong donkey generator paperclip"
THROTTLES = {
    "auth-register": throttles.RegisterThrottle,
    "auth-login": throttles.LoginThrottle,
    "auth-change-password": throttles.PasswordThrottle,
    "auth-account-delete": throttles.PasswordThrottle,
    "auth-export": throttles.ExportThrottle,
    "recommendation-events": EventsThrottle,
    "recommendation-events-ticket": StreamThrottle,
    "recommendation-feedback": FeedbackThrottle,
    "recommendation-why": ExplanationThrottle,
    "recommendation-refresh": RefreshThrottle,
    "auth-password-reset": throttles.MailThrottle,
    "auth-verify-email-resend": throttles.MailThrottle,
    "auth-password-reset-confirm": throttles.MailTokenThrottle,
    "auth-verify-email": throttles.MailTokenThrottle,
}
BY_ACCOUNT = ("auth-register", "auth-login", "auth-password-reset", "auth-verify-email-resend")
READ = ("auth-export", "recommendation-why")
# Pages without data, the same for everybody.
UNCOUNTED = ("swagger-ui", "redoc")
_random = Random()


@pytest.fixture(autouse=True)
def patience(settings: LazySettings) -> None:
    """Where Redis is there, it may take its time on a busy machine."""
    settings.THROTTLE_TIMEOUT_SECONDS = 5


def address() -> str:
    """One that nobody had before."""
    return "10." + ".".join(str(_random.randrange(256)) for _ in range(3))


def email() -> str:
    return f"viewer{_random.getrandbits(64):x}@example.com"


def wide(text: str) -> str:
    """In full-width letters, which NFKC takes for the plain ones."""
    return "".join(chr(ord(letter) + 0xFEE0) for letter in text)


def routes(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, str, Any]]:
    """Name, address and view class of everything under /api/."""
    for entry in patterns:
        route = f"{prefix}{entry.pattern}"
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, route)
        elif isinstance(entry, URLPattern) and route.startswith("api/"):
            view = getattr(entry.callback, "cls", None)
            yield str(entry.name), f"/{_filled(route)}", view


def _filled(route: str) -> str:
    route = re.sub(r"<uuid:\w+>", "7a8f8c5e-3b0e-4b0e-9d6b-1a2b3c4d5e6f", route)
    route = re.sub(r"<slug:\w+>", "some-name", route)
    return re.sub(r"<int:\w+>", "1", route)


ROUTES = [route for route in routes(get_resolver().url_patterns) if route[0] not in UNCOUNTED]
ADDRESSES = {name: path for name, path, _ in ROUTES}


def rates(settings: LazySettings, **given: str) -> None:
    settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, **given}


def log_in(email: str, *, password: str = WRONG, **headers: str) -> Response:
    client = APIClient(REMOTE_ADDR=headers.pop("remote", address()))
    body = {"email": email, "password": password}
    response: Response = client.post(LOGIN, body, headers=headers)
    return response


def statuses(emails: list[str], **headers: str) -> list[int]:
    return [log_in(email, **headers).status_code for email in emails]


@pytest.mark.parametrize(("name", "path", "view"), ROUTES, ids=[name for name, _, _ in ROUTES])
def test_every_view_of_the_api_has_its_throttle(name: str, path: str, view: Any) -> None:
    assert issubclass(view, APIView), path
    assert tuple(view.throttle_classes) == (THROTTLES.get(name, DefaultThrottle),)
    assert view.get_throttles is APIView.get_throttles
    assert view.check_throttles is APIView.check_throttles


@pytest.mark.parametrize(("name", "path"), ADDRESSES.items(), ids=ADDRESSES)
def test_every_view_of_the_api_refuses_the_request_that_is_too_many(
    settings: LazySettings, name: str, path: str
) -> None:
    settings.THROTTLE_RATES = dict.fromkeys(settings.THROTTLE_RATES, "2/hour")
    client = client_of(make_user())
    client.defaults["REMOTE_ADDR"] = address()
    before = everything_written()

    answers = [client.get(path) for _ in range(3)]
    for response in answers:
        response.getvalue()  # reads a stream to its end

    assert [response.status_code == 429 for response in answers] == [False, False, True]
    assert [response["X-RateLimit-Remaining"] for response in answers] == ["1", "0", "0"]
    assert {response["X-RateLimit-Limit"] for response in answers} == {"2"}
    assert ["Retry-After" in response for response in answers] == [False, False, True]
    assert refused(answers[-1], 429, "throttled")["details"] == {}
    assert 3500 < int(answers[-1]["Retry-After"]) <= 3601
    assert answers[-1]["X-RateLimit-Reset"] == answers[-1]["Retry-After"]
    assert everything_written() == before


@pytest.mark.parametrize("name", THROTTLES)
def test_only_what_a_view_does_uses_up_its_own_limits(settings: LazySettings, name: str) -> None:
    settings.THROTTLE_RATES = {
        scope: "1000/hour" if scope in ("user", "anonymous") else "1/hour"
        for scope in settings.THROTTLE_RATES
    }
    client = client_of(make_user())
    client.defaults["REMOTE_ADDR"] = address()
    path = ADDRESSES[name]
    done = ("GET", "HEAD") if name in READ else ("POST", "POST")
    others = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "FOO"} - {*done}

    idle = [client.generic(method, path) for method in others for _ in range(2)]
    worked = [client.generic(method, path, "{}") for method in done]
    for response in worked:
        response.getvalue()

    assert {response.status_code for response in idle} <= {200, 405, 421}
    assert {response["X-RateLimit-Limit"] for response in idle} == {"1000"}
    assert [response.status_code == 429 for response in worked] == [False, True]
    assert {response["X-RateLimit-Limit"] for response in worked} == {"1"}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/v1/favorites/", {"Authorization": "Bearer x.y.z"}, 401),
        ("/api/v1/movies/", {"Authorization": "Bearer x.y.z"}, 401),
        ("/api/v1/favorites/", {}, 401),
        ("/api/v1/favorites/", {"Accept": "text/csv"}, 406),
    ],
)
def test_what_is_refused_before_its_view_counts_by_address(
    settings: LazySettings, path: str, headers: dict[str, str], status: int
) -> None:
    rates(settings, anonymous="3/hour")
    here = address()

    answers = [APIClient(REMOTE_ADDR=here).get(path, headers=headers) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [status] * 3 + [429]
    assert [answer["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    refused(answers[-1], 429, "throttled")
    assert 1 <= int(answers[-1]["Retry-After"]) <= 3601
    assert APIClient(REMOTE_ADDR=here).get("/api/v1/movies/").status_code == 429
    assert APIClient(REMOTE_ADDR=address()).get(path, headers=headers).status_code == status
    assert client_of(make_user()).get("/api/v1/favorites/", REMOTE_ADDR=here).status_code == 200


def test_what_a_view_itself_refuses_is_counted_once(settings: LazySettings) -> None:
    rates(settings, anonymous="5/hour", user="5/hour")
    here = address()

    missing = APIClient(REMOTE_ADDR=here).get("/api/v1/movies/0/")
    stale = APIClient(REMOTE_ADDR=here).post(ADDRESSES["auth-token-refresh"], {"refresh": "x"})

    assert (missing.status_code, missing["X-RateLimit-Remaining"]) == (404, "4")
    assert (stale.status_code, stale["X-RateLimit-Remaining"]) == (401, "3")


@pytest.mark.parametrize(
    ("by_address", "by_account", "told"),
    [("9/hour", "4/hour", ("4", "3")), ("4/hour", "9/hour", ("4", "3"))],
    ids=["the account's", "the address's"],
)
def test_the_headers_tell_the_tightest_limit_of_all(
    settings: LazySettings, by_address: str, by_account: str, told: tuple[str, str]
) -> None:
    rates(settings, login_address=by_address, login_account=by_account)

    response = log_in(email())

    assert (response["X-RateLimit-Limit"], response["X-RateLimit-Remaining"]) == told


def test_the_guide_tells_the_default_limits() -> None:
    guide = Path(settings.ROOT, "docs", "API_GUIDE.md").read_text(encoding="utf-8")
    section = guide.partition("\n## Rate limits\n")[2].partition("\n## ")[0]

    told = re.findall(r"\| (\d[\w/, ]+) \|$", section, re.MULTILINE)

    assert sorted(told) == sorted(rate.replace(";", ", ") for rate in base.THROTTLE_RATES.values())


def test_the_table_names_no_view_that_is_gone() -> None:
    assert ADDRESSES.keys() >= THROTTLES.keys()


def test_viewers_are_counted_by_account_and_others_by_address(settings: LazySettings) -> None:
    rates(settings, user="2/hour", anonymous="3/hour")
    here, there = address(), address()
    client = client_of(make_user())

    def remaining(client: APIClient, remote: str) -> str:
        response = client.get("/api/v1/movies/", REMOTE_ADDR=remote)
        return str(response["X-RateLimit-Remaining"])

    assert remaining(client, here) == "1"
    assert remaining(client, there) == "0"
    assert remaining(APIClient(), here) == "2"
    assert remaining(APIClient(), here) == "1"
    assert remaining(APIClient(), there) == "2"


def test_a_spoofed_header_is_no_other_address(settings: LazySettings) -> None:
    rates(settings, login_address="5/hour")
    here = address()

    answers = [
        log_in(email(), remote=here, **{"X-Forwarded-For": address()}).status_code for _ in range(8)
    ]

    assert answers == [401] * 5 + [429] * 3


def test_behind_a_proxy_the_address_that_it_saw_counts(settings: LazySettings) -> None:
    rates(settings, login_address="5/hour")
    settings.TRUSTED_PROXY_COUNT = 1
    proxy, seen = address(), address()

    spoofed = [
        log_in(email(), remote=proxy, **{"X-Forwarded-For": f"{address()}, {seen}"}).status_code
        for _ in range(8)
    ]
    others = [
        log_in(email(), remote=proxy, **{"X-Forwarded-For": f"{seen}, {address()}"}).status_code
        for _ in range(8)
    ]

    assert spoofed == [401] * 5 + [429] * 3
    assert others == [401] * 8


def test_an_account_is_counted_over_all_addresses_and_spellings(settings: LazySettings) -> None:
    rates(settings, login_account="3/hour")
    name = email()

    spellings = [name, name.upper(), f" {name}", f"{name}\t", name.title()]

    assert statuses(spellings) == [401] * 3 + [429] * 2


class CountingHasher(MD5PasswordHasher):
    """Hashing is what takes time at log-in, with Argon2 a hundred times as much as the rest."""

    computed = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).computed += 1
        return super().encode(password, salt)


def test_a_locked_account_looks_like_a_locked_stranger(settings: LazySettings) -> None:
    """The same answer, after the same work: one hash while attempts are left, then none."""
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    rates(settings, login_account="3/hour")
    known, unknown = make_user(email=email()).email, email()

    told: dict[str, list[Any]] = {}
    for name in (known, unknown):
        told[name] = []
        for _ in range(5):
            before = CountingHasher.computed
            response = log_in(name)
            error = response.json()["error"] | {"request_id": ""}
            headers = response.headers.keys()
            work = CountingHasher.computed - before
            told[name].append((response.status_code, error, headers, work))

    assert told[known] == told[unknown]
    assert [(status, work) for status, _, _, work in told[known]] == [(401, 1)] * 3 + [(429, 0)] * 2


def test_the_right_password_does_not_open_a_locked_account(settings: LazySettings) -> None:
    rates(settings, login_account="3/hour")
    user = make_user(email=email())

    assert statuses([user.email] * 3) == [401] * 3
    refused(log_in(user.email, password=PASSWORD), 429, "throttled")
    assert not user.sessions.exists()


def test_a_success_is_counted_and_resets_nothing(settings: LazySettings) -> None:
    rates(settings, login_account="3/hour")
    user = make_user(email=email())

    answers = [log_in(user.email, password=word) for word in (WRONG, PASSWORD, WRONG, PASSWORD)]

    assert [response.status_code for response in answers] == [401, 200, 401, 429]


def test_whom_his_address_refuses_locks_nobody_out(settings: LazySettings) -> None:
    rates(settings, login_address="2/hour", login_account="3/hour")
    user, attacker = make_user(email=email()), address()

    assert statuses([user.email] * 9, remote=attacker) == [401] * 2 + [429] * 7
    assert log_in(user.email, password=PASSWORD).status_code == 200


@pytest.mark.parametrize("name", BY_ACCOUNT)
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "parse_error"),
        ("[]", "invalid"),
        ("{}", "invalid"),
        ('{"email": 7}', "invalid"),
        ('{"email": null}', "invalid"),
        ('{"email": ' + "[" * 9_999, "parse_error"),
    ],
)
def test_a_body_without_an_account_counts_by_address(
    settings: LazySettings, name: str, body: str, code: str
) -> None:
    settings.THROTTLE_RATES = dict.fromkeys(settings.THROTTLE_RATES, "2/hour")
    client = APIClient(REMOTE_ADDR=address())

    def send() -> Response:
        response: Response = client.post(
            ADDRESSES[name], body.encode(), content_type="application/json"
        )
        return response

    first = send()
    refused(first, 400, code)
    assert first["X-RateLimit-Remaining"] == "1"
    refused(send(), 400, code)
    refused(send(), 429, "throttled")


def test_a_form_is_refused_as_the_view_would(settings: LazySettings) -> None:
    response = APIClient().post(LOGIN, "email=a", content_type="application/x-www-form-urlencoded")

    refused(response, 415, "unsupported_media_type")
    assert "X-RateLimit-Limit" in response


def test_a_server_error_tells_the_limits_too(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.movies.views.films.MovieListView.own_parameters", None)
    rates(settings, anonymous="7/hour")

    response = APIClient(raise_request_exception=False, REMOTE_ADDR=address()).get(
        "/api/v1/movies/"
    )

    refused(response, 500, "internal_error")
    assert response["X-RateLimit-Remaining"] == "6"


def test_the_admins_form_shares_the_limits_of_the_api(settings: LazySettings) -> None:
    rates(settings, login_account="3/hour")
    operator = make_user(email=email(), is_staff=True, is_superuser=True)
    form = {"username": f" {operator.email.upper()}", "password": PASSWORD}
    client = Client(REMOTE_ADDR=address())

    assert client.post("/admin/login/", form | {"password": WRONG}).status_code == 200
    assert statuses([operator.email] * 3) == [401, 401, 429]
    page = client.post("/admin/login/", form)

    assert page.status_code == 429
    assert 3500 < int(page["Retry-After"]) <= 3601
    assert "no-store" in page["Cache-Control"]
    assert b"Too many attempts" in page.content
    assert "sessionid" not in client.cookies
    assert client.get("/admin/login/").status_code == 200


@pytest.mark.parametrize(
    "spelled", [wide, str.title, "\u3000{}\t".format], ids=["wide", "title", "space"]
)
def test_the_admins_form_counts_the_account_that_it_looks_up(
    settings: LazySettings, spelled: Callable[[str], str]
) -> None:
    rates(settings, login_account="1/hour")
    operator = make_user(email=email(), is_staff=True)
    log_in(operator.email)

    form = {"username": spelled(operator.email), "password": PASSWORD}
    locked = Client(REMOTE_ADDR=address()).post("/admin/login/", form)
    rates(settings, login_account="2/hour")
    opened = Client(REMOTE_ADDR=address()).post("/admin/login/", form)

    assert (locked.status_code, opened.status_code) == (429, 302)


def test_a_password_that_the_admin_asks_for_again_is_counted(settings: LazySettings) -> None:
    rates(settings, password_user="3/hour")
    operator = make_user(is_staff=True)
    client = Client()
    client.force_login(operator)
    path = "/admin/password_change/"
    form = {"old_password": WRONG, "new_password1": NEW, "new_password2": NEW}

    answers = [client.post(path, form).status_code for _ in range(3)]
    refused_page = client.post(path, form | {"old_password": PASSWORD})
    by_the_api = client_of(operator).post(
        ADDRESSES["auth-change-password"], {"old_password": PASSWORD, "new_password": NEW}
    )

    assert answers == [200] * 3
    assert refused_page.status_code == 429
    assert 3500 < int(refused_page["Retry-After"]) <= 3601
    assert b"Too many attempts" in refused_page.content
    refused(by_the_api, 429, "throttled")
    assert client.get(path).status_code == 200
    operator.refresh_from_db()
    assert operator.check_password(PASSWORD)


def test_the_admins_form_is_counted_by_address(settings: LazySettings) -> None:
    rates(settings, login_address="2/hour")
    client = Client(REMOTE_ADDR=address())

    answers = [
        client.post("/admin/login/", {"username": email(), "password": WRONG}) for _ in range(3)
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 429]


def test_without_redis_the_platform_answers_and_keeps_its_limits(settings: LazySettings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    rates(settings, login_account="3/hour", user="5/hour")
    user = make_user(email=email())

    assert log_in(user.email, password=PASSWORD).status_code == 200
    assert statuses([user.email] * 3) == [401, 401, 429]
    client = client_of(user)
    paths = ("movies/", "favorites/", "recommendations/", "ratings/", "favorites/check/1/")
    answers = [client.get(f"/api/v1/{path}") for path in (*paths, "movies/")]
    assert [response.status_code for response in answers] == [200, 200, 200, 200, 404, 429]
