"""When a viewer was active: days in a row, and months. Days are those of UTC."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = 12
_IN_A_YEAR = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    day: date
    viewings: int
    ratings: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Streak:
    """Days in a row with something on each."""

    days: int
    first_day: date
    last_day: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Streaks:
    """`current` may still be continued; of streaks of the same length the last is the longest."""

    current: Streak | None
    longest: Streak | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Month:
    month: str
    viewings: int
    ratings: int


def streaks_of(days: Sequence[Day], *, today: date) -> Streaks:
    """From days in their order."""
    streaks = list(_streaks(each.day for each in days))
    yesterday = today - timedelta(days=1)
    return Streaks(
        current=streaks[-1] if streaks and streaks[-1].last_day >= yesterday else None,
        longest=max(streaks, key=lambda each: (each.days, each.last_day), default=None),
    )


def _streaks(days: Iterator[date]) -> Iterator[Streak]:
    first = last = next(days, None)
    if first is None or last is None:
        return
    for day in days:
        if day != last + timedelta(days=1):
            yield _streak(first, last)
            first = day
        last = day
    yield _streak(first, last)


def _streak(first: date, last: date) -> Streak:
    return Streak(days=(last - first).days + 1, first_day=first, last_day=last)


def months_of(days: Sequence[Day], *, today: date) -> list[Month]:
    """The last months, that of `today` as the last, whether or not anything was on their days."""
    viewings: Counter[str] = Counter()
    ratings: Counter[str] = Counter()
    for each in days:
        viewings[_name(each.day)] += each.viewings
        ratings[_name(each.day)] += each.ratings
    return [
        Month(month=month, viewings=viewings[month], ratings=ratings[month])
        for month in _last_months(today)
    ]


def _last_months(today: date) -> list[str]:
    newest = today.year * _IN_A_YEAR + today.month - 1
    numbers = (divmod(newest - back, _IN_A_YEAR) for back in reversed(range(MONTHS)))
    return [_name(date(year, month + 1, 1)) for year, month in numbers]


def _name(day: date) -> str:
    return day.isoformat()[: len("2026-11")]
