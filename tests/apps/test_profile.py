"""Reading and writing one's own profile."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pycountry
import pytest
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from apps.users.models import Session, User
from tests.apps.api import client_of, everything_written, refused
from tests.apps.locks import BLOCKED_WITHIN_S, in_thread, wait_until_blocked
from tests.apps.query_counts import captured_queries

pytestmark = pytest.mark.django_db

PROFILE = "/api/v1/auth/profile/"
WRITABLE: dict[str, Any] = {
    "display_name": "Ada",
    "language": "fr",
    "region": "CH",
    "include_adult": True,
    "is_private": True,
}


def stored(user: User) -> dict[str, Any]:
    return User.objects.filter(pk=user.pk).values(*WRITABLE).get()


def test_a_profile_is_what_is_stored(viewer: User, viewer_client: APIClient) -> None:
    response = viewer_client.get(PROFILE)

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response.json() == {
        "id": viewer.pk,
        "email": viewer.email,
        "email_verified": False,
        "display_name": "",
        "language": "",
        "region": "",
        "include_adult": False,
        "is_private": False,
        "date_joined": viewer.date_joined.isoformat().replace("+00:00", "Z"),
    }


def test_a_verified_address_is_said_to_be_verified(viewer: User) -> None:
    User.objects.filter(pk=viewer.pk).update(email_verified_at=timezone.now())

    assert client_of(viewer).get(PROFILE).json()["email_verified"] is True


def test_put_writes_every_field_and_answers_the_profile(
    viewer: User, viewer_client: APIClient
) -> None:
    response = viewer_client.put(PROFILE, WRITABLE)

    assert response.status_code == 200
    assert response.json().items() >= WRITABLE.items()
    assert response.json() == viewer_client.get(PROFILE).json()
    assert stored(viewer) == WRITABLE


@pytest.mark.parametrize("missing", WRITABLE)
def test_put_needs_every_field(viewer_client: APIClient, missing: str) -> None:
    body = {name: value for name, value in WRITABLE.items() if name != missing}
    before = everything_written()

    error = refused(viewer_client.put(PROFILE, body), 400, "invalid")

    assert list(error["details"]) == [missing]
    assert everything_written() == before


@pytest.mark.parametrize("name", WRITABLE)
def test_patch_writes_one_field_in_one_update_of_its_column(
    viewer: User, viewer_client: APIClient, name: str
) -> None:
    before = stored(viewer)

    with captured_queries() as statements:
        response = viewer_client.patch(PROFILE, {name: WRITABLE[name]})

    assert response.status_code == 200
    assert stored(viewer) == before | {name: WRITABLE[name]}
    writes = [statement for statement in statements if statement.startswith("UPDATE")]
    assert len(writes) == 1
    assert writes[0].partition(" WHERE ")[0].count('"') == 4
    assert f'SET "{name}" = ' in writes[0]
    assert Session.objects.for_user(viewer).count() == 1


def test_an_empty_patch_changes_nothing(viewer_client: APIClient) -> None:
    before = everything_written()

    response = viewer_client.patch(PROFILE, {})

    assert response.status_code == 200
    assert response.json() == viewer_client.get(PROFILE).json()
    assert everything_written() == before


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"display_name": ""}, ""),
        ({"display_name": "  Ada Lovelace \n"}, "Ada Lovelace"),
        ({"display_name": "x" * 80}, "x" * 80),
        ({"display_name": "👩‍👩‍👧 Ñandú"}, "👩‍👩‍👧 Ñandú"),
        ({"language": ""}, ""),
        ({"region": ""}, ""),
    ],
)
def test_what_is_accepted_is_kept(
    viewer: User, viewer_client: APIClient, sent: dict[str, str], kept: str
) -> None:
    viewer_client.put(PROFILE, WRITABLE)

    assert viewer_client.patch(PROFILE, sent).status_code == 200
    assert stored(viewer) == WRITABLE | dict.fromkeys(sent, kept)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("display_name", value) for value in (None, 7, True, ["Ada"], "x" * 81)),
        *(
            ("display_name", f"A{letter}da")
            for letter in "\x00\n\t\x1b\x7f\x85\u2028\u2029\u202e\u2066"
        ),
        *(("language", value) for value in (None, 7, "FR", "fra", "xx", " fr", "fr ", "f", " ")),
        *(("region", value) for value in (None, 7, "ch", "CHE", "XX", "CH ", "UK", "EU", " ")),
        *(
            (field, value)
            for field in ("include_adult", "is_private")
            for value in (None, "yes", "true", "", 1, 0, 1.0, [], {})
        ),
    ],
)
def test_a_bad_value_is_refused_by_field_with_the_good_ones_beside_it(
    viewer_client: APIClient, field: str, value: Any
) -> None:
    before = everything_written()

    for response in (
        viewer_client.patch(PROFILE, {field: value}),
        viewer_client.put(PROFILE, WRITABLE | {field: value}),
    ):
        assert list(refused(response, 400, "invalid")["details"]) == [field]
    assert everything_written() == before


@pytest.mark.parametrize("field", ["id", "email", "email_verified", "date_joined", "password"])
def test_what_is_only_read_is_refused(viewer_client: APIClient, field: str) -> None:
    before = everything_written()

    for response in (
        viewer_client.patch(PROFILE, {field: "x"}),
        viewer_client.put(PROFILE, WRITABLE | {field: "x"}),
    ):
        refused(response, 400, "unknown_field")
    assert everything_written() == before


def test_every_code_of_the_standards_is_documented_and_accepted(
    viewer_client: APIClient, client: APIClient
) -> None:
    components = client.get("/api/schema/").json()["components"]["schemas"]
    countries = {country.alpha_2 for country in pycountry.countries}

    assert set(components["RegionEnum"]["enum"]) == countries
    assert {"de", "en", "fr", "zh"} < set(components["LanguageEnum"]["enum"])
    for region in ("AX", "GB", "ZW"):
        assert viewer_client.patch(PROFILE, {"region": region}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_changes_of_different_fields_at_once_both_count(viewer: User) -> None:
    clients = [client_of(viewer), client_of(viewer)]
    bodies = [{"display_name": "Ada"}, {"language": "fr"}]
    with ThreadPoolExecutor(max_workers=2) as pool:
        with transaction.atomic():
            User.objects.select_for_update().get(pk=viewer.pk)
            answers = [
                in_thread(pool, lambda client=client, body=body: client.patch(PROFILE, body))
                for client, body in zip(clients, bodies, strict=True)
            ]
            wait_until_blocked(2)
        responses = [answer.result(timeout=BLOCKED_WITHIN_S) for answer in answers]

    assert [response.status_code for response in responses] == [200, 200]
    assert (stored(viewer)["display_name"], stored(viewer)["language"]) == ("Ada", "fr")


@pytest.mark.django_db(transaction=True)
def test_a_change_of_an_account_that_goes_meanwhile_is_refused(viewer: User) -> None:
    client = client_of(viewer)
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            User.objects.select_for_update().get(pk=viewer.pk)
            answer = in_thread(pool, lambda: client.patch(PROFILE, {"display_name": "Ada"}))
            wait_until_blocked()
            User.objects.get(pk=viewer.pk).delete()
        response = answer.result(timeout=BLOCKED_WITHIN_S)

    refused(response, 401, "token_not_valid")
