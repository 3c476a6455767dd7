"""What leaves a process about a task; tests/deployment/test_flower.py looks from outside."""

import pytest

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
        (
            "exception",
            "IntegrityError('duplicate key\\nDETAIL:  Key (email)=(a@b) exists.\\n')",
            "IntegrityError('duplicate key\\n')",
        ),
        ("traceback", "line\nDETAIL:  Key (email)=(a@b) exists.\nend", "line\nend"),
    ],
)
def test_a_field_of_an_event_holds_no_personal_data(field: str, value: str, shown: str) -> None:
    assert without_personal_data({field: value}) == {field: shown}


def test_the_given_fields_stay_as_they_are() -> None:
    fields = {"kwargs": "{'email': 'a@b'}"}

    without_personal_data(fields)

    assert fields == {"kwargs": "{'email': 'a@b'}"}
