import pytest
from django.core.management import call_command

from tests.factories import make_generation

pytestmark = pytest.mark.django_db


def test_generations_are_listed_with_what_they_differ_in(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lists = {"film_share": 0.5, "fallback_share": 0.0}
    older = make_generation(state="retired", list_count=1200)
    newer = make_generation(
        refusal="It changes too much.",
        difference={"base_id": older.pk, "overlap": 0.25, "churn": 0.7, "lists": lists},
    )

    call_command("generations")

    heading, first, refusal, second = capsys.readouterr().out.splitlines()
    assert heading.split()[:3] == ["id", "model", "state"]
    assert first.split() == [
        *(str(newer.pk), str(newer.model_version_id), "ready"),
        *("100.0%", "0", "25.0%", "70.0%", "50.0%", "0.0%"),
    ]
    assert refusal.strip() == "It changes too much."
    assert second.split()[2:] == ["retired", "100.0%", "1,200", "-", "-", "-", "-"]

    call_command("generations", "--limit", "1")
    assert len(capsys.readouterr().out.splitlines()) == 3
