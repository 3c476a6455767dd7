"""What leaves a process about a task; tests/deployment/test_flower.py looks from outside."""

import traceback
from collections.abc import Callable

import pytest
from celery.exceptions import Retry
from django.contrib.auth import get_user_model
from django.db import DataError, IntegrityError, connection, transaction

from workers.events import HIDDEN, ids_only, without_personal_data


def test_of_keyword_arguments_only_numbers_called_an_id_are_shown() -> None:
    arguments = {
        "user_id": 5,
        "generation_id": 7,
        "email": "a@b.example",
        "name_id": "a@b.example",
        "revision": 9,
        "nested": {"user_id": 5},
        "id": 5,
    }

    shown = ids_only(arguments)

    hidden = dict.fromkeys(("email", "name_id", "revision", "nested", "id"), HIDDEN)
    assert shown == {"user_id": 5, "generation_id": 7, **hidden}


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("kwargs", "{'user_id': 5}", "{'user_id': 5}"),
        ("kwargs", "{'user_id': 5, 'email': 'a@b'}", f"{{'user_id': 5, 'email': '{HIDDEN}'}}"),
        ("kwargs", "{}", "{}"),
        # Cut off for its length, and what is no mapping.
        ("kwargs", "{'user_id': 5, 'text': 'a@b...", HIDDEN),
        ("kwargs", "'a@b'", HIDDEN),
        ("args", "()", "()"),
        ("args", "[]", "()"),
        ("args", "('a@b',)", HIDDEN),
        ("result", "None", "None"),
        ("result", "'a@b'", HIDDEN),
        ("name", "realtime.refresh_recommendations", "realtime.refresh_recommendations"),
        ("exception", "ValueError('no film')", "ValueError('no film')"),
        ("exception", "Unhealthy('x\\nDETAIL:  Key (email)=(a@b)\\nof it')", "Unhealthy('x"),
        ("traceback", "line\nDETAIL:  Key (email)=(a@b) exists.\nend", "line"),
    ],
)
def test_a_field_of_an_event_holds_no_personal_data(field: str, value: str, shown: str) -> None:
    assert without_personal_data({field: value}) == {field: shown}


def test_the_given_fields_stay_as_they_are() -> None:
    fields = {"kwargs": "{'email': 'a@b'}"}

    without_personal_data(fields)

    assert fields == {"kwargs": "{'email': 'a@b'}"}


EMAIL = "joe@x.example"
# What stands after a line break is still a value.
TEXT = f"first line\n{EMAIL}\n\nthird, {EMAIL}"


def refuse_a_number() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text::integer", [TEXT])


def refuse_a_literal() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT '{TEXT}'::integer")


def refuse_a_second_one() -> None:
    for _ in range(2):
        get_user_model().objects.create(email=EMAIL, password=TEXT)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("refuse", "error_class", "constraint"),
    [
        (refuse_a_number, DataError, None),
        (refuse_a_literal, DataError, None),
        (refuse_a_second_one, IntegrityError, "users_user_email"),
    ],
)
def test_of_what_the_database_refuses_no_value_is_told(
    refuse: Callable[[], None], error_class: type[Exception], constraint: str | None
) -> None:
    with pytest.raises(error_class) as caught, transaction.atomic():
        refuse()
    error = caught.value
    assert EMAIL in repr(error)
    told = "".join(traceback.format_exception(error))
    assert EMAIL in told

    shown = without_personal_data({"exception": repr(error), "traceback": told})
    retried = without_personal_data({"exception": repr(Retry("again", error))})

    assert shown["exception"].startswith(f"{error_class.__name__}")
    assert f"django.db.utils.{error_class.__name__}" in shown["traceback"]
    # Where it happened is still told, on both sides of the link.
    assert shown["traceback"].count("Traceback (most recent call last)") == 2
    assert refuse.__name__ in shown["traceback"]
    if constraint:
        assert f"[{constraint}" in shown["exception"]
        assert f"[{constraint}" in shown["traceback"]
    for text in (*shown.values(), *retried.values()):
        assert "joe" not in text
        assert "third" not in text
