"""Searches as a client sends them. What is found in a real catalogue is `make bench-search`."""

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from apps.movies.filtering.film_filter import FilmFilter
from apps.movies.filtering.narrowing import narrowing_of
from apps.movies.models import AlternativeTitle, Keyword, Movie, Translation
from apps.movies.models.search import TIERS
from apps.movies.search.finding import MOST_SHOWN, find
from apps.movies.search.queries import WordQuery
from apps.movies.search.statements import EVERY_DOCUMENT, MOST_FOUND, SCORED
from tests.apps.api import client_of, refused
from tests.apps.films import index_films, make_credit, make_person
from tests.apps.query_counts import captured_queries
from tests.factories import make_movie, make_rating, make_user

pytestmark = pytest.mark.django_db

SEARCH = "/api/v1/movies/search/"


def answer(client: APIClient, q: str, **parameters: object) -> dict[str, Any]:
    response = client.get(SEARCH, {"q": q} | parameters)
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    return body


def found(client: APIClient, q: str, **parameters: object) -> list[str]:
    index_films()
    return [movie["title"] for movie in answer(client, q, **parameters)["results"]]


def test_how_well_it_matches_counts_times_how_well_it_is_known(client: APIClient) -> None:
    make_movie(title="Another Alien", vote_count=90)
    make_movie(title="Aliens", vote_count=900)
    make_movie(title="alien", vote_count=2, year=2020)
    make_movie(title="Alien", vote_count=900, year=1979)
    make_movie(title="Alien Resurrection", vote_count=900)
    make_movie(title="Covenant", original_title="Alien: Covenant", vote_count=900)
    make_movie(title="Far Away", vote_count=900).keywords.add(
        Keyword.objects.create(id=1, name="alien")
    )
    make_movie(title="Saline", vote_count=5000)

    assert found(client, "Alien") == [
        # So called, also in a part of the title, and also where nobody knows it.
        *("Alien", "Covenant", "alien"),
        # Begun by the word, and by more of it; a keyword of a known film; a word of a title.
        *("Alien Resurrection", "Aliens", "Far Away", "Another Alien"),
    ]
    assert found(client, "alien", year=1979) == ["Alien"]


def test_all_words_must_be_there_and_the_last_may_be_only_begun(client: APIClient) -> None:
    make_movie(title="Harry Potter and the Goblet of Fire", vote_count=20)
    make_movie(title="Harry Potter and the Half-Blood Prince", vote_count=1)
    make_movie(title="Dirty Harry")

    assert found(client, "potter harry gob") == ["Harry Potter and the Goblet of Fire"]
    assert found(client, "  harry   POT ") == [
        "Harry Potter and the Goblet of Fire",
        "Harry Potter and the Half-Blood Prince",
    ]
    assert found(client, "blood prince") == ["Harry Potter and the Half-Blood Prince"]
    assert found(client, "har potter", correct="false") == []


@pytest.mark.parametrize(
    ("title", "query"),
    [
        ("Spider-Man", "spider man"),
        ("Spider-Man", "SPIDER-MAN"),
        ("Spider-Man", "spiderman"),
        ("Spider-Man", "man"),
        ("Face/Off", "face off"),
        ("S.W.A.T.", "s.w.a"),
        ("S.W.A.T.", "swat"),
        ("M*A*S*H", "mash"),
        ("WALL\N{MIDDLE DOT}E", "wall-e"),
        ("WALL\N{MIDDLE DOT}E", "walle"),
        ("Ocean's Eleven", "oceans eleven"),
        ("Ocean's Eleven", "ocean's eleven"),
        ("Ocean's Twenty-One", "oceans twenty one"),
        ("Ocean\N{RIGHT SINGLE QUOTATION MARK}s Eleven", "ocean's el"),
        ("Le Fabuleux Destin d'Amélie Poulain", "amélie"),
        ("Le Fabuleux Destin d'Amélie Poulain", "AMELIE"),
        ("Amélie", "Ame\N{COMBINING ACUTE ACCENT}lie"),
        ("Łódź Ø Straße", "lodz o strasse"),
        ("Москва слезам не верит", "слезам"),
        ("七人の侍", "七人の侍"),
        ("千と千尋の神隠し", "千と千尋"),
        ("हम आपके हैं कौन", "आपके हैं"),
        ("2001: A Space Odyssey", "2001 space"),
        ("8½", "8 1/2"),
        ("100% Wolf_", "100% wolf_"),
        ("!!", "!!"),
        ("<b>Bold</b>", "bold"),
        ("The Godfather Part II", "godfather part 2"),
        ("Rocky V", "rocky 5"),
        ("The Lord of the Rings: The Two Towers", "lotr"),
        ("The Lord of the Rings: The Two Towers", "LOTR"),
        ("The Lord of the Rings: The Two Towers", "lotr towers"),
        ("Eternal Sunshine of the Spotless Mind", "esotsm"),
        ("Ocean's Eleven", "oceans 11"),
        ("12 Angry Men", "twelve angry men"),
        ("Seven Samurai", "7 samurai"),
        ("Alien\N{SUPERSCRIPT THREE}", "alien 3"),
        ("Alien 3", "alien 3"),
        ("The Truman Show", "the truman s"),
    ],
)
def test_accents_signs_and_ways_of_writing_do_not_matter(
    client: APIClient, title: str, query: str
) -> None:
    make_movie(title=title)
    make_movie(title="Something else")

    assert found(client, query, correct="false") == ([title] if title != "!!" else [])


def test_films_are_found_by_their_titles_elsewhere_by_people_and_by_keywords(
    client: APIClient,
) -> None:
    film = make_movie(title="Spirited Away", original_title="Sen to Chihiro")
    Translation.objects.create(movie=film, language="fr", title="Le Voyage de Chihiro")
    AlternativeTitle.objects.create(movie=film, country="IT", title="La città incantata")
    make_credit(film, person=make_person(name="Rumi Hiiragi"), position=0)
    make_credit(film, person=make_person(name="Hayao Miyazaki"), is_cast=False, job="Director")
    make_credit(film, person=make_person(name="Of The Catering"), is_cast=False, job="Caterer")
    film.keywords.add(Keyword.objects.create(id=7, name="bath house"))
    make_movie(title="Something else")

    for query in (
        *("sen to chihiro", "voyage de chihiro", "citta incantata", "rumi hiiragi", "miyazaki"),
        *("bath house", "spirited miyazaki 1999"),
    ):
        assert found(client, query) == ["Spirited Away"], query
    assert found(client, "catering") == []


def test_words_that_most_titles_have_may_be_missing(client: APIClient) -> None:
    for number in range(30):
        make_movie(title=f"Night and Day {number}")
    make_movie(title="Lilo & Stitch")

    assert found(client, "lilo and stitch", correct="false") == ["Lilo & Stitch"]
    assert len(found(client, "and", page_size=100)) == 30


def test_a_word_alone_is_corrected_to_none_that_most_titles_have(client: APIClient) -> None:
    for number in range(30):
        make_movie(title=f"Night and Thunder {number}")
    make_movie(title="Owl and Bee", vote_count=9)

    assert found(client, "andd") == found(client, "thundr") == []
    assert found(client, "bee andd") == ["Owl and Bee"]


@pytest.mark.parametrize("query", ["%%", "__", "' | !", "&:*", "'')::tsquery", "\\\\", "\\' \\\\'"])
def test_what_is_no_word_finds_nothing(client: APIClient, query: str) -> None:
    make_movie(title="Alien")

    assert found(client, query) == []


def test_hidden_titles_are_not_found(client: APIClient) -> None:
    make_movie(title="Alien")
    make_movie(title="Alien Adult", adult=True)
    make_movie(title="Alien Removed", tombstoned_at=timezone.now())

    assert found(client, "alien") == ["Alien"]


def test_a_film_that_is_hidden_since_it_was_indexed_is_not_shown(client: APIClient) -> None:
    film = make_movie(title="Alien")
    index_films()
    Movie.objects.filter(pk=film.pk).update(adult=True)

    assert answer(client, "alien")["results"] == []


@pytest.mark.parametrize(
    ("query", "corrected"),
    [
        ("matrx", "matrix"),
        ("mtarix", "matrix"),
        ("the matrixx", "the matrix"),
        ("jwas", "jaws"),
        ("forest gump", "forrest gump"),
        ("starwars", "star wars"),
        ("dead pool", "deadpool"),
        ("quentin tarentino", "quentin tarantino"),
        ("form dusk till dawn", "from dusk till dawn"),
        ("goodwillhunting", "good will hunting"),
        ("fite club", "fight club"),
        ("fight club movie", "fight club"),
    ],
)
def test_typos_are_corrected(client: APIClient, query: str, corrected: str) -> None:
    made = make_movie(title="Pulp Fiction", vote_count=900)
    make_credit(made, person=make_person(name="Quentin Tarantino"), is_cast=False, job="Director")
    for title in ("The Matrix", "Jaws", "Forrest Gump", "Star Wars", "Deadpool", "Forest"):
        make_movie(title=title, vote_count=900)
    for title in ("From Dusk Till Dawn", "Good Will Hunting", "Fight Club"):
        make_movie(title=title, vote_count=900)
    index_films()

    body = answer(client, query)

    assert body["corrected_query"] == corrected
    # It is found by that, as if it had been asked for.
    asked_well = answer(client, corrected)
    assert asked_well["corrected_query"] is None
    assert body["results"] == asked_well["results"] != []
    # Who does not want it is told of it alone.
    as_written = answer(client, query, correct="false")
    assert (as_written["corrected_query"], as_written["results"]) == (corrected, [])


def test_a_correction_that_cannot_be_likelier_is_not_searched(client: APIClient) -> None:
    make_movie(title="Matrix", vote_count=900)
    make_movie(title="Matrox", vote_count=1)
    index_films()

    with captured_queries() as statements:
        corrected = answer(client, "matrx")["corrected_query"]

    assert corrected == "matrix"
    # What was asked, and the likeliest.
    assert sum(SCORED.for_all.planned.name in statement for statement in statements) == 2


def test_what_is_found_well_is_not_corrected(client: APIClient) -> None:
    make_movie(title="Matrox")
    make_movie(title="The Matrix", vote_count=25_000)
    index_films()

    body = answer(client, "matrox")

    assert body["corrected_query"] is None
    assert [film["title"] for film in body["results"]] == ["Matrox"]


def test_what_nobody_knows_stands_behind_what_was_probably_meant(client: APIClient) -> None:
    make_movie(title="Old Matrox Days")
    make_movie(title="The Matrix", vote_count=25_000)
    index_films()

    body = answer(client, "matrox")

    assert body["corrected_query"] == "matrix"
    assert [film["title"] for film in body["results"]] == ["The Matrix", "Old Matrox Days"]


def test_an_empty_answer_proposes_nothing_where_nothing_is_near(client: APIClient) -> None:
    make_movie(title="Alien")
    index_films()

    assert answer(client, "xyzzyqwerty") == {
        "corrected_query": None,
        "next": None,
        "previous": None,
        "results": [],
    }


def test_a_correction_has_films_of_the_year(client: APIClient) -> None:
    make_movie(title="The Matrix", year=1999, vote_count=900)
    make_movie(title="Matrox Days", year=2003, vote_count=900)
    index_films()

    body = answer(client, "matrx", year=2003)

    assert body["corrected_query"] == "matrox"
    assert [film["title"] for film in body["results"]] == ["Matrox Days"]


@pytest.mark.parametrize("q", ["alien", "aliens return", "the alien"])
@pytest.mark.parametrize("correct", ["true", "false"])
def test_words_that_other_films_have_are_right(client: APIClient, q: str, correct: str) -> None:
    make_movie(title="Alien", year=1979, vote_count=9_000)
    make_movie(title="The Return of the Aliens", year=1986, vote_count=9_000)
    make_movie(title="Allen", year=2003, vote_count=900)
    make_movie(title="Aline Returns", year=2003, vote_count=900)
    index_films()

    body = answer(client, q, year=2003, correct=correct)

    assert body["corrected_query"] is None
    assert body["results"] == []


def test_words_that_an_unknown_film_is_called_by_are_right(client: APIClient) -> None:
    """With a filter as without one, where that film is the answer."""
    make_movie(title="The Matrix", year=1999, vote_count=9_000)
    make_movie(title="Matrox", year=2003, vote_count=0)
    index_films()

    assert answer(client, "matrox")["corrected_query"] is None
    body = answer(client, "matrox", year=1999)

    assert (body["corrected_query"], body["results"]) == (None, [])


@pytest.mark.parametrize(("year", "searches"), [(1988, 0), (1989, 1)])
def test_all_films_are_searched_if_the_filter_leaves_no_well_known_one(
    client: APIClient, year: int, searches: int
) -> None:
    film = make_movie(title="Big", year=1988, vote_count=9_000)
    make_credit(film, person=make_person(name="Tom Hanks"), position=0)
    index_films()

    with captured_queries() as statements:
        answer(client, "tom hanks", year=year)

    assert sum(SCORED.for_all.planned.name in statement for statement in statements) == searches


def test_a_film_says_by_what_it_was_found(client: APIClient) -> None:
    film = make_movie(title="The Matrix", vote_count=9)
    make_credit(film, person=make_person(name="Carrie-Anne Moss"), position=0)
    index_films()

    (by_title,) = answer(client, "matrx")["results"]
    (by_person,) = answer(client, "anne mo")["results"]

    assert by_title["match"] == {
        "field": "title",
        "parts": [{"text": "The ", "is_match": False}, {"text": "Matrix", "is_match": True}],
    }
    assert by_person["match"] == {
        "field": "person",
        "parts": [
            {"text": "Carrie-", "is_match": False},
            {"text": "Anne", "is_match": True},
            {"text": " ", "is_match": False},
            {"text": "Moss", "is_match": True},
        ],
    }


def test_of_a_films_names_the_first_with_the_most_of_the_words_is_shown(client: APIClient) -> None:
    film = make_movie(title="The Return", original_title="Der Alien", vote_count=9)
    Translation.objects.create(movie=film, language="fr", title="Älien, partie II")
    AlternativeTitle.objects.create(movie=film, country="US", title="Alien 2")
    make_credit(film, person=make_person(name="Alien Two"), position=0)
    index_films()

    (film_of_two,) = answer(client, "alien 2")["results"]
    (film_of_one,) = answer(client, "alien")["results"]

    assert [film_of_two["match"]["field"], film_of_one["match"]["field"]] == [
        "translation",
        "original_title",
    ]
    assert film_of_two["match"]["parts"] == [
        {"text": "Älien", "is_match": True},
        {"text": ", partie ", "is_match": False},
        {"text": "II", "is_match": True},
    ]


def test_only_chosen_fields_are_sent_and_the_state_is_the_callers(client: APIClient) -> None:
    film, viewer = make_movie(title="Alien"), make_user()
    make_rating(user=viewer, movie=film, score=9)
    index_films()

    (chosen,) = answer(client, "alien", fields="title,match")["results"]
    (own,) = answer(client_of(viewer), "alien")["results"]

    assert list(chosen) == ["id", "title", "match"]
    assert own["me"]["rating"] == 9


def test_pages_neither_repeat_nor_skip(client: APIClient) -> None:
    for _ in range(5):
        make_movie(title="Alien")
    index_films()

    first = client.get(SEARCH, {"q": "alien", "page_size": 3}).json()
    second = client.get(first["next"]).json()

    ids = [movie["id"] for page in (first, second) for movie in page["results"]]
    assert ids == sorted(Movie.objects.values_list("pk", flat=True))
    assert second["next"] is None
    refused(client.get(SEARCH, {"q": "alien", "page_size": 3, "page": 3}), 404, "page_not_found")


def test_of_very_many_films_the_best_known_are_found(client: APIClient) -> None:
    Movie.objects.bulk_create(
        Movie(title=f"Of Love {number}", vote_count=number) for number in range(2 * MOST_FOUND)
    )
    index_films()

    pages = [answer(client, "of love", page_size=100, page=page) for page in (1, 2, 3)]

    votes = [film["vote_count"] for page in pages for film in page["results"]]
    # Steps of the weight are wider than a vote.
    assert len(votes) == len(set(votes)) == MOST_FOUND
    assert min(votes) > MOST_FOUND * 0.7
    assert pages[-1]["next"] is None


@pytest.mark.parametrize(
    ("query", "code", "named"),
    [
        ("", "invalid", "q"),
        ("?q=", "invalid", "q"),
        ("?q=a", "invalid", "q"),
        ("?q=a%20", "invalid", "q"),
        ("?q=%20%20", "invalid", "q"),
        (f"?q=alien{'%20' * 96}", "invalid", "q"),
        ("?q=%00%00", "invalid", "q"),
        (f"?q={'a' * 101}", "invalid", "q"),
        ("?q=alien&year=x", "invalid", "year"),
        ("?q=alien&year=", "invalid", "year"),
        ("?q=alien&year=1999.0", "invalid", "year"),
        ("?q=alien&correct=no", "invalid", "correct"),
        ("?q=alien&page=0", "invalid", "page"),
        ("?q=alien&fields=nothing", "invalid", "fields"),
        ("?q=alien&genre=horror", "invalid", "genre"),
        ("?query=alien&q=alien", "unknown_parameter", "allowed"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_refused_by_name(
    client: APIClient, query: str, code: str, named: str
) -> None:
    error = refused(client.get(f"{SEARCH}{query}"), 400, code)

    assert list(error["details"]) == [named]


def test_words_are_looked_up_in_the_indexes_of_the_tiers() -> None:
    query = WordQuery(words=("harry", "pot"), needed=("harry", "pot")).parameters()
    SCORED.rows(*query, narrowing=EVERY_DOCUMENT)
    with connection.cursor() as cursor:
        # So few films are read faster one by one, and the plan that says so is kept.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("DISCARD PLANS")
        cursor.execute(
            f"EXPLAIN EXECUTE {SCORED.for_all.planned.name} ({', '.join(['%s'] * len(query))})",
            query,
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())

    for tier in TIERS:
        assert plan.count(f"Bitmap Index Scan on searchdocument_tier_{tier}_idx") == 2


@pytest.mark.parametrize(
    "query",
    [
        "\u3316" * 100,
        "\ufdfa" * 100,
        "an " * 33,
        "a " * 50,
        "x" * 100,
        "the of and",
        "\N{COMBINING ACUTE ACCENT}\N{COMBINING ACUTE ACCENT}",
        "\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}",
        "\N{ZERO WIDTH NO-BREAK SPACE}\N{ZERO WIDTH NO-BREAK SPACE}",
        "\N{ARABIC QUESTION MARK}\N{ARABIC QUESTION MARK}",
        "\u202e\u202ealien",
        "\U0001f47d alien",
        "9" * 100,
    ],
)
def test_whatever_is_asked_is_answered(client: APIClient, query: str) -> None:
    for number in range(25):
        make_movie(title=f"The of and {number} Alien", vote_count=number)
    index_films()

    for year in (None, 1900):
        answer(client, query, **({} if year is None else {"year": year}))


# Of the pieces that words, signs, marks and numbers of any writing are made of.
PIECES = st.sampled_from(
    [
        *"aei3'-.:*& \\\"()!|<>=#@%_",
        "the ",
        "alien",
        "matrx",
        "amélie",
        "\u0301",
        "\ufe0f",
        "½",
        "七人",
        "हैं",
        "שָׁלוֹם",
        "\ufdfa",
        "\U0001f47d",
        "ii",
        "lotr",
    ]
)


@pytest.fixture
def catalogue() -> None:
    for title in ("The Alien", "Amélie", "The Matrix", "A E I III", "七人の侍", "8½"):
        make_movie(title=title, year=1979, vote_count=5)
    index_films()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(q=st.lists(PIECES, min_size=2, max_size=30).map("".join), year=st.sampled_from([None, 1979]))
def test_no_text_is_too_odd_to_be_searched(catalogue: None, q: str, year: int | None) -> None:
    narrowing = narrowing_of(FilmFilter(year=year))

    found = find(q, narrowing=narrowing)
    written = find(q, narrowing=narrowing, as_written=True)

    assert len(found.movie_ids) == len(set(found.movie_ids)) <= MOST_SHOWN
    assert set(written.movie_ids) <= set(found.movie_ids)
