"""Statements that were planned before a migration changed what they read."""

from collections.abc import Iterator

import pytest
from django.db import NotSupportedError, connection, transaction

from apps.core.prepared import PreparedStatement


@pytest.fixture
def names(transactional_db: None) -> Iterator[PreparedStatement]:
    """A statement that this connection has planned, of a table of its own."""
    run("CREATE TABLE prepared_names (name varchar(5))")
    run("INSERT INTO prepared_names VALUES ('Ada')")
    statement = PreparedStatement(
        name="prepared_names",
        types=("text",),
        sql="SELECT name FROM prepared_names WHERE name = $1",
    )
    assert statement.first_row("Ada") == ("Ada",)
    yield statement
    run("DROP TABLE prepared_names")


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def told(sql: str, *values: object) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        (value,) = cursor.fetchone()
    return value


def widen() -> None:
    run("ALTER TABLE prepared_names ALTER name TYPE varchar(6)")


def test_a_column_of_another_type_is_answered_by_a_new_connection(names: PreparedStatement) -> None:
    before = connection.connection
    widen()

    assert names.rows("Ada") == [("Ada",)]
    assert names.first_row("Bob") is None
    assert connection.connection is not before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("is_generic", "generic_plans"), [(True, 3), (False, 0)])
def test_a_generic_plan_is_made_once_where_one_is_good_for_all_values(
    *, is_generic: bool, generic_plans: int
) -> None:
    # The first values are planned for, if nothing else is said.
    statement = PreparedStatement(
        name=f"prepared_{generic_plans}", types=("int",), sql="SELECT $1 + 1", is_generic=is_generic
    )

    assert [statement.rows(number) for number in range(3)] == [[(1,)], [(2,)], [(3,)]]

    plans = "SELECT generic_plans FROM pg_prepared_statements WHERE name = %s"
    assert told(plans, statement.name) == generic_plans
    assert told("SHOW plan_cache_mode") == "auto"


def test_within_a_transaction_nothing_is_asked_twice(names: PreparedStatement) -> None:
    widen()

    with pytest.raises(NotSupportedError), transaction.atomic():
        names.rows("Ada")

    assert names.rows("Ada") == [("Ada",)]
