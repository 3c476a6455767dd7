"""Films are shown in the languages that are asked for, as far as there are such texts."""

from datetime import date
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import client_of
from tests.apps.films import index_films, make_credit
from tests.factories import make_favorite, make_generation, make_list, make_movie, make_user

pytestmark = pytest.mark.django_db

MOVIES = "/api/v1/movies/"
RECOMMENDATIONS = "/api/v1/recommendations/"
POSTERS = "https://image.tmdb.org/t/p/w500"


@pytest.fixture
def amelie() -> Movie:
    """A French film in the catalogue's English; TMDb tells no title in its own language."""
    film = make_movie(
        title="Amélie",
        original_title="Le Fabuleux Destin d'Amélie Poulain",
        original_language="fr",
        overview="She decides to help.",
        tagline="She'll change your life.",
        poster_path="/en.jpg",
        origin_countries=["FR", "DE"],
    )
    film.translations.create(language="fr", country="FR", overview="Elle aide.", tagline="Oui.")
    film.translations.create(language="de", country="DE", title="Die fabelhafte Welt der Amelie")
    film.translations.create(language="en", country="GB", overview="She decides to help, love.")
    film.translations.create(language="pt", country="BR", title="O Fabuloso Destino")
    film.translations.create(language="pt", country="PT", title="O Fabuloso Destino de Amélie")
    film.posters.create(language="fr", path="/fr.jpg")
    film.posters.create(language="de", path="/de.jpg")
    release(film, "US", "R")
    release(film, "FR", "U")
    release(film, "DE", "12", type=1)
    release(film, "DE", "6")
    release(film, "CH", "")
    return film


def release(film: Movie, country: str, certification: str, **fields: Any) -> None:
    told = {"type": 3, "released_on": date(2001, 4, 25)} | fields
    film.release_dates.create(country=country, certification=certification, **told)


def page(client: APIClient, film: Movie, languages: str = "") -> dict[str, Any]:
    response = client.get(f"{MOVIES}{film.pk}/", HTTP_ACCEPT_LANGUAGE=languages)
    assert response.status_code == 200
    return {"languages": response.get("Content-Language"), **response.json()}


@pytest.mark.parametrize(
    ("asked", "title", "overview", "poster", "languages"),
    [
        ("", "Amélie", "She decides to help.", "en", "en"),
        ("en-US", "Amélie", "She decides to help.", "en", "en"),
        ("en-GB", "Amélie", "She decides to help, love.", "en", "en"),
        ("fr", "Le Fabuleux Destin d'Amélie Poulain", "Elle aide.", "fr", "fr"),
        ("fr-CA", "Le Fabuleux Destin d'Amélie Poulain", "Elle aide.", "fr", "fr"),
        ("de-CH", "Die fabelhafte Welt der Amelie", "She decides to help.", "de", "de"),
        ("de, fr;q=0.5", "Die fabelhafte Welt der Amelie", "Elle aide.", "de", "de"),
        ("gsw, de;q=0.5", "Die fabelhafte Welt der Amelie", "She decides to help.", "de", "de"),
        ("pt", "O Fabuloso Destino", "She decides to help.", "en", "pt"),
        ("pt-BR", "O Fabuloso Destino", "She decides to help.", "en", "pt"),
        ("pt-PT", "O Fabuloso Destino de Amélie", "She decides to help.", "en", "pt"),
        ("pt-AO", "O Fabuloso Destino de Amélie", "She decides to help.", "en", "pt"),
        ("ja", "Amélie", "She decides to help.", "en", "en"),
    ],
)
def test_each_text_is_the_nearest_that_there_is(  # noqa: PLR0917  # a column each
    client: APIClient,
    amelie: Movie,
    asked: str,
    title: str,
    overview: str,
    poster: str,
    languages: str,
) -> None:
    shown = page(client, amelie, asked)
    (card,) = client.get(MOVIES, HTTP_ACCEPT_LANGUAGE=asked).json()["results"]

    assert (shown["title"], shown["overview"]) == (title, overview)
    assert shown["poster_url"] == f"{POSTERS}/{poster}.jpg"
    assert shown["images"]["poster"]["large"] == f"{POSTERS}/{poster}.jpg"
    assert shown["languages"] == languages
    assert shown["original_title"] == "Le Fabuleux Destin d'Amélie Poulain"
    assert card == {name: shown[name] for name in card}


def test_the_tagline_is_as_the_rest(client: APIClient, amelie: Movie) -> None:
    assert page(client, amelie)["tagline"] == "She'll change your life."
    assert page(client, amelie, "fr")["tagline"] == "Oui."
    assert page(client, amelie, "de, fr")["tagline"] == "Oui."
    assert page(client, amelie, "de")["tagline"] == "She'll change your life."


@pytest.mark.parametrize(
    ("asked", "country", "certification"),
    [
        ("en-US", "US", "R"),
        ("de-DE", "DE", "6"),
        # Not certified, or nobody knows where: as it is where the film was made.
        ("fr-CH", "FR", "U"),
        ("ja-JP", "FR", "U"),
        ("de", "FR", "U"),
        ("", "FR", "U"),
    ],
)
def test_the_certification_is_the_countrys(
    client: APIClient, amelie: Movie, asked: str, country: str, certification: str
) -> None:
    told = page(client, amelie, asked)["certification"]

    assert told == {"country": country, "certification": certification}


def test_a_film_without_certifications_has_none(client: APIClient) -> None:
    assert page(client, make_movie(), "de-DE")["certification"] is None


def test_what_the_catalogue_lacks_is_in_the_films_own_language(client: APIClient) -> None:
    film = make_movie(title="七人の侍", original_title="七人の侍", original_language="ja")
    film.translations.create(language="ja", country="JP", overview="戦国時代。")
    film.translations.create(language="fr", country="FR", overview="Sept samouraïs.")
    film.posters.create(language="ja", path="/ja.jpg")

    shown = page(client, film, "it")

    assert (shown["title"], shown["overview"]) == ("七人の侍", "戦国時代。")
    assert shown["poster_url"] == f"{POSTERS}/ja.jpg"
    assert shown["languages"] == "ja"


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("es", "Todo sobre mi madre"),
        ("es-ES", "Todo sobre mi madre"),
        ("es-GQ", "Todo sobre mi madre"),
        ("es-MX", "Todo acerca de ella"),
        ("es-AR", "Todo acerca de ella"),
        ("es-419", "Todo acerca de ella"),
        ("en", "All About My Mother"),
    ],
)
def test_at_home_a_film_has_its_original_title(client: APIClient, asked: str, title: str) -> None:
    """TMDb leaves the title empty where it is the original one."""
    film = make_movie(
        title="All About My Mother",
        original_title="Todo sobre mi madre",
        original_language="es",
        origin_countries=["ES"],
    )
    film.translations.create(language="es", country="ES", overview="Manuela.")
    film.translations.create(language="es", country="MX", title="Todo acerca de ella")

    assert page(client, film, asked)["title"] == title


def test_an_original_title_abroad_is_that_of_its_country(client: APIClient) -> None:
    film = make_movie(title="City of God", original_title="Cidade de Deus", original_language="pt")
    film.translations.create(language="pt", country="BR", overview="No Rio.")
    film.translations.create(language="pt", country="PT", title="A Cidade de Deus")

    titles = {asked: page(client, film, asked)["title"] for asked in ("pt-BR", "pt", "pt-PT")}

    assert titles == {
        "pt-BR": "Cidade de Deus",
        "pt": "Cidade de Deus",
        "pt-PT": "A Cidade de Deus",
    }


@pytest.mark.parametrize(
    ("language", "home", "elsewhere"),
    [("pt", "PT", "BR"), ("zh", "TW", "CN"), ("es", "MX", "ES"), ("fr", "CA", "FR")],
)
def test_at_home_a_film_needs_no_translation(
    client: APIClient, language: str, home: str, elsewhere: str
) -> None:
    film = make_movie(original_title="Own", original_language=language, origin_countries=[home])
    film.translations.create(language=language, country=elsewhere, title="Elsewhere")

    assert page(client, film, f"{language}-{home}")["title"] == "Own"
    assert page(client, film, f"{language}-{elsewhere}")["title"] == "Elsewhere"


@pytest.mark.parametrize(
    ("asked", "title"), [("zh-HK", "臺灣"), ("zh-TW", "臺灣"), ("zh", "中国"), ("zh-SG", "中国")]
)
def test_a_country_without_texts_has_those_of_the_nearest(
    client: APIClient, asked: str, title: str
) -> None:
    film = make_movie()
    film.translations.create(language="zh", country="TW", title="臺灣")
    film.translations.create(language="zh", country="CN", title="中国")

    assert page(client, film, asked)["title"] == title


def test_an_answer_without_texts_is_in_no_language(client: APIClient, amelie: Movie) -> None:
    def language(address: str) -> str | None:
        response = client.get(f"{MOVIES}{address}", HTTP_ACCEPT_LANGUAGE="de")
        assert response.status_code == 200
        told: str | None = response.get("Content-Language")
        return told

    assert language("?fields=id,year") is None
    assert language("?fields=title") == "de"
    assert language("?fields=overview") == "en"
    assert language(f"{amelie.pk}/?fields=tagline") is None
    assert language("?year=1900") is None


def test_a_refused_write_is_not_in_the_callers_language(viewer: User, amelie: Movie) -> None:
    response = client_of(viewer).post(
        "/api/v1/ratings/",
        {"movie_id": amelie.pk, "score": 99},
        format="json",
        HTTP_ACCEPT_LANGUAGE="de",
    )

    assert response.status_code == 400
    assert "Content-Language" not in response


def test_a_profile_says_it_once_for_all(amelie: Movie) -> None:
    viewer = client_of(make_user(language="fr", region="DE"))

    for asked in ("", "de-AT", "en-US"):
        shown = page(viewer, amelie, asked)
        assert shown["title"] == "Le Fabuleux Destin d'Amélie Poulain"
        assert shown["certification"]["country"] == "DE"


def test_a_changed_profile_is_heard_at_once(amelie: Movie) -> None:
    viewer = client_of(make_user())
    assert page(viewer, amelie)["title"] == "Amélie"

    viewer.patch("/api/v1/auth/profile/", {"language": "de", "region": "US"}, format="json")

    shown = page(viewer, amelie)
    assert shown["title"] == "Die fabelhafte Welt der Amelie"
    assert shown["certification"]["country"] == "US"


def test_caches_are_told_what_an_answer_depends_on(client: APIClient, amelie: Movie) -> None:
    response = client.get(f"{MOVIES}{amelie.pk}/", HTTP_ACCEPT_LANGUAGE="fr")
    held = {"HTTP_IF_NONE_MATCH": response["ETag"]}
    again = client.get(f"{MOVIES}{amelie.pk}/", HTTP_ACCEPT_LANGUAGE="fr", **held)
    other = client.get(f"{MOVIES}{amelie.pk}/", HTTP_ACCEPT_LANGUAGE="de", **held)
    genres = client.get(f"{MOVIES}genres/", HTTP_ACCEPT_LANGUAGE="fr")

    assert "public" in response["Cache-Control"]
    assert (again.status_code, other.status_code) == (304, 200)
    for each in (response, again, other):
        assert {"Accept-Language", "Authorization"} <= set(each["Vary"].split(", "))
    assert "Content-Language" not in again
    assert "Accept-Language" not in genres["Vary"]
    assert "Content-Language" not in genres


def test_changed_texts_are_shown(client: APIClient, amelie: Movie) -> None:
    before = page(client, amelie, "de-DE")

    amelie.translations.filter(language="de").update(title="Amelie")
    amelie.posters.filter(language="de").update(path="/neu.jpg")
    amelie.release_dates.filter(country="DE", type=3).update(certification="0")

    after = page(client, amelie, "de-DE")
    assert before["title"] == "Die fabelhafte Welt der Amelie"
    assert after["title"] == "Amelie"
    assert after["poster_url"] == f"{POSTERS}/neu.jpg"
    assert after["certification"]["certification"] == "0"


@pytest.fixture
def listed(viewer: User, amelie: Movie) -> Movie:
    """A film that the viewer is recommended for the sake of another, which is a French one."""
    make_favorite(user=viewer, movie=amelie)
    film = make_movie(title="Delicatessen")
    film.translations.create(language="de", country="DE", title="Delikatessen")
    films = [film, *(make_movie() for _ in range(5))]
    because = [[(amelie, 1000)] for _ in films]
    make_list(user=viewer, generation=make_generation(active=True), movies=films, because=because)
    return film


def test_recommendations_are_in_the_language_too(viewer: User, listed: Movie) -> None:
    client = client_of(viewer)

    german = client.get(RECOMMENDATIONS, HTTP_ACCEPT_LANGUAGE="de")
    english = client.get(RECOMMENDATIONS, HTTP_IF_NONE_MATCH=german["ETag"])

    item = german.json()["results"][0]
    assert item["movie"]["title"] == "Delikatessen"
    assert item["reason"]["text"] == "Because you liked Die fabelhafte Welt der Amelie"
    assert german["Content-Language"] == "de"
    assert "Accept-Language" in german["Vary"]
    assert english.json()["results"][0]["movie"]["title"] == "Delicatessen"
    assert english["Content-Language"] == "en"


def test_a_reason_is_in_a_language_as_a_title_is(viewer: User, listed: Movie) -> None:
    client = client_of(viewer)
    for address in (RECOMMENDATIONS, f"{RECOMMENDATIONS}home/"):
        response = client.get(f"{address}?fields=id", HTTP_ACCEPT_LANGUAGE="de")

        assert "Welt der Amelie" in response.content.decode()
        assert response["Content-Language"] == "de"


def test_tmdbs_codes_are_not_told(client: APIClient) -> None:
    silent = make_movie(title="Lumière", original_title="Lumière", original_language="xx")
    cantonese = make_movie(title="英雄", original_title="英雄", original_language="cn")

    assert page(client, silent)["languages"] is None
    assert page(client, cantonese, "yue")["languages"] == "yue"


def test_a_list_is_in_the_profiles_language(viewer: User, listed: Movie) -> None:
    client = client_of(viewer)
    held = client.get(RECOMMENDATIONS)["ETag"]
    User.objects.filter(pk=viewer.pk).update(language="de")

    response = client.get(RECOMMENDATIONS, HTTP_IF_NONE_MATCH=held)

    assert response.json()["results"][0]["movie"]["title"] == "Delikatessen"


@pytest.mark.parametrize("seconds", [0, 60])
def test_a_home_page_is_in_the_language(
    viewer: User, listed: Movie, settings: Any, seconds: int
) -> None:
    settings.HOME_CACHE_SECONDS = seconds
    client = client_of(viewer)

    for _ in range(2):
        german = client.get(f"{RECOMMENDATIONS}home/", HTTP_ACCEPT_LANGUAGE="de")
        english = client.get(f"{RECOMMENDATIONS}home/")

        film = german.json()["rows"][0]["results"][0]
        assert film["movie"]["title"] == "Delikatessen"
        assert "Welt der Amelie" in film["reason"]["text"]
        assert german["Content-Language"] == "de"
        assert "Delicatessen" in english.content.decode()
        assert "Delikatessen" not in english.content.decode()
        assert english["Content-Language"] == "en"


def test_what_is_written_is_answered_in_the_language(viewer: User, amelie: Movie) -> None:
    client = client_of(viewer)

    response = client.post(
        "/api/v1/ratings/",
        {"movie_id": amelie.pk, "score": 9},
        format="json",
        HTTP_ACCEPT_LANGUAGE="de",
    )
    rows = client.get("/api/v1/ratings/", HTTP_ACCEPT_LANGUAGE="fr").json()["results"]

    assert response.json()["movie"]["title"] == "Die fabelhafte Welt der Amelie"
    assert rows[0]["movie"]["title"] == "Le Fabuleux Destin d'Amélie Poulain"


def test_a_persons_films_are_in_the_language(client: APIClient, amelie: Movie) -> None:
    person = make_credit(amelie).person

    shown = client.get(f"/api/v1/people/{person.pk}/", HTTP_ACCEPT_LANGUAGE="de").json()

    assert shown["cast"][0]["movie"]["title"] == "Die fabelhafte Welt der Amelie"
    assert shown["cast"][0]["movie"]["poster_url"] == f"{POSTERS}/de.jpg"


def test_a_search_marks_the_title_that_is_shown(client: APIClient, amelie: Movie) -> None:
    index_films()

    def found(words: str, languages: str) -> tuple[str, str, list[str]]:
        address = f"{MOVIES}search/?q={words}"
        (film,) = client.get(address, HTTP_ACCEPT_LANGUAGE=languages).json()["results"]
        match = film["match"]
        marked = [part["text"] for part in match["parts"] if part["is_match"]]
        return film["title"], match["field"], marked

    german = "Die fabelhafte Welt der Amelie"
    assert found("fabelhafte welt", "de") == (german, "title", ["fabelhafte", "Welt"])
    assert found("fabelhafte welt", "en") == ("Amélie", "translation", ["fabelhafte", "Welt"])
    assert found("amelie", "de") == (german, "title", ["Amelie"])
    seven = make_movie(title="Seven Samurai")
    seven.translations.create(language="de", country="DE", title="Die sieben Recken")
    index_films()
    assert found("samurai", "de") == ("Die sieben Recken", "translation", ["Samurai"])
