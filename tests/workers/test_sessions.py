import pytest
from django.db import connection

from workers import sessions


@pytest.mark.django_db
def test_a_workers_statement_ends_with_its_task() -> None:
    sessions.limit_statements(connection=connection)

    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("4min",)
        cursor.execute("RESET statement_timeout")
