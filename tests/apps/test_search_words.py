"""What is made of texts before any of them is searched: words, slips, readings, highlights."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.movies.search.highlights import mark, places_of
from apps.movies.search.lexemes import as_tsvector, of_title
from apps.movies.search.names import Name
from apps.movies.search.readings import Alternative, query_of, readings, spellings
from apps.movies.search.slips import count_slips, one_slip_from
from apps.movies.search.words import forms, parted

WORDS = st.text("abcd1", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("spider-man", [("spider", "man"), ("spiderman",)]),
        (
            "ocean's twenty-one",
            [("ocean", "s", "twenty", "one"), ("oceans", "twenty", "one"), ("oceans", "twentyone")],
        ),
        ("m*a*s*h: goodbye", [("m", "a", "s", "h", "goodbye"), ("mash", "goodbye")]),
        ("alien3", [("alien3",), ("alien", "3")]),
        ("plain words", [("plain", "words")]),
        ("- !", [()]),
        ("\uff1a\uff1fok\u061f", [("ok",)]),
    ],
)
def test_forms_of_a_text(text: str, expected: list[tuple[str, ...]]) -> None:
    assert list(forms(text)) == expected


@given(st.text())
def test_words_are_safe_to_be_quoted(text: str) -> None:
    words = parted(text)

    assert all(words)
    assert not set("'\\: &|!()<>*=#\0") & set("".join(words))


@pytest.mark.parametrize(
    ("meant", "written", "slips"),
    [
        *(("matrix", "matrx", 1), ("matrix", "mtarix", 1), ("matrix", "matrix", 0)),
        *(("matrix", "metrics", 3), ("jaws", "jwas", 1), ("ab", "ba", 1), ("", "abc", 3)),
        ("spirited", "spirted", 1),
    ],
)
def test_slips_are_counted(meant: str, written: str, slips: int) -> None:
    assert count_slips(meant, written) == slips == count_slips(written, meant)


@given(WORDS, WORDS)
def test_exactly_what_is_one_slip_away_is_listed(meant: str, written: str) -> None:
    """Besides the word itself, since a letter may be replaced by the same."""
    assert (meant in set(one_slip_from(written))) == (count_slips(meant, written) in {0, 1})


def test_a_title_with_a_quote_makes_a_valid_vector() -> None:
    assert as_tsvector(of_title("it's", "A")) == (
        "'=it s':1A '=its':1A 'it':1A 'its':1A 's':1A '=s':2B"
    )


def test_readings_are_alternatives_for_each_word_and_two_words_as_one() -> None:
    near = {"starwars": [Alternative(("starlord",), 0.25)], "dead": [], "pool": []}
    known = {"star": 4.0, "wars": 4.2, "deadpool": 4.4, "st": 1.0}

    apart, joined = readings(
        ("the", "dead", "pool"), near, known=known, common=["the"], is_last_begun=True
    )
    (split,) = readings(("starwars",), near, known=known, common=[], is_last_begun=False)

    # As it was asked, nothing is meant otherwise.
    assert query_of(apart) == ""
    # What is common need not be there.
    assert query_of(joined) == "((('deadpool')))"
    assert query_of(split) == (
        "((('starwars')) | (('starlord')) | (('star') & ('wars')))"
        " & ((('starlord')) | (('star') & ('wars')))"
    )
    assert [group[0].words for group in joined] == [("the",), ("deadpool",)]
    assert [each.words for each in split[0]] == [("starwars",), ("starlord",), ("star", "wars")]


def test_spellings_are_what_readings_ask_of() -> None:
    asked = spellings(("dead", "pool"), ("pool",))

    assert {"dead", "pool", "deadpool", "po", "ol"} <= asked


@pytest.mark.parametrize(
    ("text", "plain", "words", "expected"),
    [
        ("The Matrix", "the matrix", ("matrix",), "The [Matrix]"),
        ("The Matrix", "the matrix", ("the", "mat"), "[The] [Matrix]"),
        ("Amélie", "amelie", ("amelie",), "[Amélie]"),
        ("M*A*S*H", "m*a*s*h", ("mash",), "[M]*[A]*[S]*[H]"),
        ("Part II", "part ii", ("2",), "Part [II]"),
        ("8½ Women", "8 1/2 women", ("women",), "8½ Women"),
        ("Other", "other", ("matrix",), "Other"),
        ("(<b>!)", "(<b>!)", ("b",), "(<[b]>!)"),
    ],
)
def test_words_are_marked_where_they_are(
    text: str, plain: str, words: tuple[str, ...], expected: str
) -> None:
    name = Name(1, "title", text, plain)

    match = mark(name, places_of(name, words))

    assert "".join(f"[{part.text}]" if part.is_match else part.text for part in match.parts) == (
        expected
    )


@given(st.text(max_size=40), st.lists(WORDS, min_size=1, max_size=3))
def test_parts_make_the_name_again(text: str, words: list[str]) -> None:
    name = Name(1, "title", text, text.lower())

    match = mark(name, places_of(name, words))

    assert match.text == text
    assert all(part.text for part in match.parts)


def test_of_very_many_names_a_vector_has_the_titles() -> None:
    keywords = [(f"keyword{number}" * 8, "D") for number in range(9_000)]

    vector = as_tsvector([*keywords, ("alien", "A")])

    assert vector.startswith("'alien':1A ")
    assert len(vector) < 600_000


def test_a_word_is_no_longer_than_a_lexeme_may_be() -> None:
    longest = parted("\N{GRINNING FACE}" * 500)[0]

    assert len(f"={longest}".encode()) < 2_046
