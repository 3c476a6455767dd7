"""Which film goes to which row; without a database."""

from collections.abc import Iterable
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.recommendations.home.rows import (
    FEWEST_FILMS,
    FIRST_FILMS,
    Item,
    Kind,
    Row,
    Source,
    share_out,
)


def row(films: Iterable[int], *, kind: Kind = Kind.TRENDING, gives_way: bool = False) -> Row:
    items = [Item(movie_id=film, source=Source.TRENDING) for film in films]
    return Row(kind=kind, items=items, gives_way=gives_way)


def films(rows: Iterable[Row]) -> list[list[int]]:
    return [[item.movie_id for item in each.items] for each in rows]


def test_a_film_goes_to_the_row_with_the_fewest_films() -> None:
    rows = [row(range(20), kind=Kind.FOR_YOU), row(range(10, 17))]

    shown = films(share_out(rows, count=2, items=10))

    assert shown == [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [10, 11, 12, 13, 14, 15, 16]]


def test_the_first_films_of_the_first_row_stay_in_it() -> None:
    rows = [row(range(30), kind=Kind.FOR_YOU), row(range(12))]

    first, second = films(share_out(rows, count=2, items=7))

    assert first == [0, 1, 2, 3, 4, 12, 13]
    assert second == [5, 6, 7, 8, 9, 10, 11]


def test_a_row_that_others_leave_too_little_of_makes_room() -> None:
    contested = row([0, 1, 2, 3, 4, 50, 51])
    rows = [row(range(20), kind=Kind.FOR_YOU), contested, row(range(60, 66))]

    shown = films(share_out(rows, count=2, items=8))

    assert shown == [[0, 1, 2, 3, 4, 5, 6, 7], [60, 61, 62, 63, 64, 65]]


def test_rows_that_give_way_are_left_out_first_and_keep_their_places() -> None:
    rows = [row(range(10)), row(range(10, 20), gives_way=True), row(range(20, 30))]

    assert films(share_out(rows, count=2, items=5)) == films([row(range(5)), row(range(20, 25))])
    assert [each[0] for each in films(share_out(rows, count=3, items=5))] == [0, 10, 20]


@pytest.mark.parametrize("too_few", [[], [row([])], [row(range(FEWEST_FILMS - 1))]])
def test_without_enough_films_there_is_no_row(too_few: list[Row]) -> None:
    assert share_out(too_few, count=6, items=20) == []


@given(
    st.lists(st.lists(st.integers(0, 60), unique=True, max_size=40), max_size=8),
    st.integers(1, 10),
    st.integers(FEWEST_FILMS, 40),
)
def test_whatever_there_is_rows_are_full_enough_and_repeat_nothing(
    candidates: list[list[int]], count: int, items: int
) -> None:
    rows = [row(each) for each in candidates]

    shown = films(share_out(rows, count=count, items=items))

    every = list(chain.from_iterable(shown))
    assert len(every) == len(set(every))
    assert len(shown) <= count
    assert all(FEWEST_FILMS <= len(each) <= items for each in shown)
    # The rows are a part of those given, in their order, and so are the films of each.
    rest = iter(candidates)
    assert all(any(is_within(each, given_) for given_ in rest) for each in shown)
    if shown and shown[0][0] == candidates[0][:1]:
        assert shown[0][:FIRST_FILMS] == candidates[0][:FIRST_FILMS]


def is_within(part: list[int], whole: list[int]) -> bool:
    rest = iter(whole)
    return all(film in rest for film in part)
