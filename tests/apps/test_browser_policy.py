"""What browsers are told about our answers, and that no page needs more than they are told."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from apps.users.models import User
from tests.apps.admin_pages import REGISTERED, action_url, add_rows, admin_of, client_of, url
from workers.schedule import create_schedules

UNSAFE = ("'unsafe-inline'", "'unsafe-eval'", "'unsafe-hashes'", "*", "http:", "https:")
PAGES_OF_A_ROW = ("change", "history", "delete")
DOCUMENTATION = ("/api/schema/swagger-ui/", "/api/schema/redoc/")


def policy_of(response: object) -> dict[str, list[str]]:
    header: str = response["Content-Security-Policy"]  # type: ignore[index]
    directives = (directive.split() for directive in header.split("; "))
    return {name: values for name, *values in directives}


@pytest.mark.parametrize(
    "path", ["/api/schema/", "/api/v1/nowhere/", "/health/live", "/static/core/redoc.js"]
)
def test_what_is_no_page_may_load_nothing(client: APIClient, path: str) -> None:
    response = client.get(path)
    list(response)  # reads a file to its end

    assert policy_of(response) == {
        name: ["'none'"] for name in ("default-src", "base-uri", "form-action", "frame-ancestors")
    }


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/admin/login/", "/nowhere/", *DOCUMENTATION])
def test_a_page_loads_from_here_alone_and_runs_nothing_inline(client: Client, path: str) -> None:
    policy = policy_of(client.get(path))

    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert policy["script-src"] == policy["connect-src"] == policy["form-action"] == ["'self'"]
    assert policy["img-src"] == ["'self'", "data:"]
    allowed = {value for values in policy.values() for value in values}
    assert not allowed & set(UNSAFE)
    assert ("blob:" in allowed) == (path == "/api/schema/redoc/")


def test_each_nonce_is_used_once(client: Client) -> None:
    nonces = set()
    for _ in range(3):
        response = client.get("/api/schema/redoc/")
        (nonce,) = re.findall(r'nonce="([^"]+)"', response.content.decode())
        assert f"'nonce-{nonce}'" in policy_of(response)["style-src"]
        nonces.add(nonce)

    assert len(nonces) == 3


class _InlineParts(HTMLParser):
    """What a page's policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_data = given.get("type") in ("application/json", "text/template")
        if tag == "style" or (tag == "script" and "src" not in given and not is_data):
            self.found.append(tag)
        self.found += [f"{tag} {name}" for name in given if name == "style" or name[:2] == "on"]
        for name in ("href", "src", "action"):
            value = given.get(name) or ""
            if value.startswith(("javascript:", "http:", "https:", "//")) and tag != "a":
                self.found.append(f"{tag} {name}={value}")


def inline_parts(html: str) -> list[str]:
    parser = _InlineParts()
    parser.feed(html)
    return parser.found


def admin_pages(client: Client) -> Iterator[tuple[str, str]]:
    """Every list and form of the admin, the pages of a row of each, and what is asked before acts.

    With its address, as HTML.
    """
    for model in REGISTERED:
        model_admin = admin_of(model)
        yield from _got(client, url(model, "changelist"), url(model, "add"))
        row = model._default_manager.first()  # noqa: SLF001  # the name is Django's
        if row is None:
            continue
        yield from _got(client, *(url(model, page, row.pk) for page in PAGES_OF_A_ROW))
        for tool in getattr(model_admin, "change_actions", ()):
            address = action_url(model, tool, row.pk)
            yield address, client.post(address, follow=True).content.decode()


def _got(client: Client, *addresses: str) -> Iterator[tuple[str, str]]:
    for address in addresses:
        yield address, client.get(address).content.decode()


@pytest.mark.django_db
def test_no_page_of_the_admin_has_anything_inline() -> None:
    operator = User.objects.create_superuser(email="operator@example.com", password="p")
    client = client_of(operator)
    create_schedules()
    add_rows(operator)
    password = reverse("admin:auth_user_password_change", args=[operator.pk])
    others = ("/admin/", "/admin/password_change/", password, "/nowhere/", *DOCUMENTATION)

    pages = {**dict(_got(client, *others)), **dict(admin_pages(client))}

    assert sum("Yes, go ahead" in html for html in pages.values()) >= 1
    found = {page: parts for page, html in pages.items() if (parts := inline_parts(html))}
    assert found == {}


def test_a_form_from_elsewhere_is_refused_by_a_plain_page() -> None:
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "a"})

    assert response.status_code == 403
    assert "Nothing" in response.content.decode()
    assert inline_parts(response.content.decode()) == []


def test_a_page_with_something_inline_would_be_found() -> None:
    for html in (
        "<style>a {}</style>",
        "<script>run()</script>",
        '<a href="#" onclick="run()">a</a>',
        '<p style="color: red">a</p>',
        '<form action="javascript:run()"></form>',
        '<script src="https://cdn.example/x.js"></script>',
    ):
        assert inline_parts(html), html
