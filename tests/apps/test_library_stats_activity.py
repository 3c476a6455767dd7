"""Streaks and months of given days."""

from datetime import date, timedelta

import pytest

from apps.favorites.activity import Day, Month, Streak, months_of, streaks_of

TODAY = date(2026, 3, 10)


def days(*numbers: int) -> list[Day]:
    start = date(2026, 2, 1)
    return [Day(day=start + timedelta(days=n), viewings=1, ratings=0) for n in numbers]


@pytest.mark.parametrize(
    ("numbers", "today", "current", "longest"),
    [
        ((), 5, None, None),
        ((5,), 5, (5, 5), (5, 5)),
        ((5,), 6, (5, 5), (5, 5)),
        ((5,), 7, None, (5, 5)),
        ((1, 2, 3, 8, 9), 9, (8, 9), (1, 3)),
        ((1, 2, 8, 9), 12, None, (8, 9)),
        ((27, 28, 29), 29, (27, 29), (27, 29)),
        ((4, 5, 6), 5, (4, 6), (4, 6)),
    ],
)
def test_a_streak_goes_on_until_a_day_without_anything(
    numbers: tuple[int, ...],
    today: int,
    current: tuple[int, int] | None,
    longest: tuple[int, int] | None,
) -> None:
    streaks = streaks_of(days(*numbers), today=days(today)[0].day)

    def ends(streak: Streak | None) -> tuple[int, int] | None:
        if streak is None:
            return None
        first, last = ((day - date(2026, 2, 1)).days for day in (streak.first_day, streak.last_day))
        assert streak.days == last - first + 1
        return first, last

    assert (ends(streaks.current), ends(streaks.longest)) == (current, longest)


def test_the_last_twelve_months_are_all_there() -> None:
    months = months_of(
        [
            Day(day=date(2025, 3, 31), viewings=9, ratings=9),
            Day(day=date(2025, 4, 1), viewings=1, ratings=0),
            Day(day=date(2026, 3, 1), viewings=0, ratings=2),
            Day(day=date(2026, 3, 10), viewings=1, ratings=3),
        ],
        today=TODAY,
    )

    names = [f"2025-{month:02}" for month in range(4, 13)] + ["2026-01", "2026-02", "2026-03"]
    assert [month.month for month in months] == names
    assert months[0] == Month(month="2025-04", viewings=1, ratings=0)
    assert months[-1] == Month(month="2026-03", viewings=1, ratings=5)
    assert {(month.viewings, month.ratings) for month in months[1:-1]} == {(0, 0)}
