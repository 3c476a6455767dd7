"""However an answer is mutilated, it is a value of sound types or refused as a whole."""

import dataclasses
import json
import math
from collections.abc import Callable
from datetime import date
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.tmdb.errors import PayloadError, TMDbError
from services.tmdb.payloads import configuration, facts, movies, pages
from services.tmdb.refusals import describe, is_refusal, refusal

from . import answers

Parse = Callable[[object], Any]
PARSERS: list[tuple[Parse, dict[str, Any]]] = [
    (movies.parse_movie, answers.DETAILS),
    (pages.parse_movies, answers.PAGE),
    (pages.parse_changes, answers.CHANGES),
    (pages.parse_found, answers.FOUND),
    (facts.parse_genres, answers.GENRES),
    (configuration.parse_configuration, answers.CONFIGURATION),
]
LONGEST_TEXT = 10_000

# What JSON can hold, and what Python reads of it beyond that.
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([0, -1, 2**31, 2**63, 10**400]),
        st.floats(),
        st.text(st.characters(codec=None)),
        st.sampled_from(["", "\0", "\ud800", "0000-00-00", "9999-12-31", "x" * 20_000]),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to everything in a body, itself included."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], by: object) -> Any:
    if not path:
        return by
    first, *rest = path
    if isinstance(value, dict) and first in value:
        return {**value, first: replaced(value[first], tuple(rest), by)}
    if isinstance(value, list) and isinstance(first, int) and first < len(value):
        return [*value[:first], replaced(value[first], tuple(rest), by), *value[first + 1 :]]
    return value


@st.composite
def mutilated(draw: st.DrawFn) -> tuple[Parse, object]:
    """A parser, and a body that was sound for it before several things of it were replaced."""
    parse, body = draw(st.sampled_from(PARSERS))
    mutated: object = body
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(places(mutated)))
        mutated = replaced(mutated, path, draw(values))
    return parse, mutated


def check(value: object) -> None:
    """All that a database could refuse."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            check(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            check(item)
    elif isinstance(value, str):
        assert "\0" not in value
        assert len(value) <= LONGEST_TEXT
        value.encode()
    elif isinstance(value, float):
        assert math.isfinite(value)
    elif isinstance(value, date):
        assert 1870 <= value.year <= 2100
    elif value is not None:
        assert type(value) in {bool, int}
        assert 0 <= value < 2**63  # type: ignore[operator]  # one of the two


@settings(max_examples=400)
@given(mutilated())
@example((movies.parse_movie, {**answers.DETAILS, "credits": {"cast": {}, "crew": [[]]}}))
@example((pages.parse_movies, {"results": [{**answers.ROW, "genre_ids": [[], {}, 10**400]}]}))
def test_any_answer_is_sound_or_refused(case: tuple[Parse, object]) -> None:
    parse, body = case
    try:
        parsed = parse(body)
    except PayloadError:
        return
    check(parsed.value)
    assert all(type(count) is int and count > 0 for count in parsed.dropped.values())


@given(st.integers(100, 599), values)
def test_any_refusal_is_an_error(http: int, body: object) -> None:
    assert isinstance(is_refusal(body), bool)
    assert isinstance(refusal(http, body), TMDbError)
    assert describe(http, body).isprintable()


def test_what_is_replaced_is_everywhere() -> None:
    body = {"a": [1, {"b": 2}]}

    assert places(body) == [(), ("a",), ("a", 0), ("a", 1), ("a", 1, "b")]
    assert [json.dumps(replaced(body, place, "x")) for place in places(body)] == [
        '"x"',
        '{"a": "x"}',
        '{"a": ["x", {"b": 2}]}',
        '{"a": [1, "x"]}',
        '{"a": [1, {"b": "x"}]}',
    ]
