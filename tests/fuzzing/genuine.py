"""Requests that find what they ask for: random ids, tokens and passwords never would."""

from collections.abc import Callable
from itertools import count
from typing import Any

from tests.fuzzing import accounts
from tests.fuzzing.accounts import PASSWORD, Login
from tests.fuzzing.world import FILMS, GENRES, RATED

_numbers = count()

# What a request needs to know is who asks.
Genuine = Callable[[Login], Any]


def film(_: Login) -> int:
    return next(_numbers) % RATED + 1


def recommended_film(_: Login) -> int:
    return next(_numbers) % (FILMS - RATED) + RATED + 1


def viewer_id(_: Login) -> Any:
    return accounts.call("GET", "auth/profile/", accounts.viewer())["id"]


def liked_film(login: Login) -> int:
    """Whose check tells the favourite's id."""
    movie_id = film(login)
    accounts.call("POST", "favorites/", login, movie_id=movie_id)
    return movie_id


def favorite(login: Login) -> Any:
    return accounts.call("POST", "favorites/", login, movie_id=film(login))["id"]


def rating(login: Login) -> Any:
    return accounts.call("POST", "ratings/", login, movie_id=film(login), score=7)["id"]


def rated_film(login: Login) -> int:
    movie_id = film(login)
    accounts.call("POST", "ratings/", login, movie_id=movie_id, score=7)
    return movie_id


def viewing(login: Login) -> Any:
    """A random request may have made the viewer private, who leaves none."""
    accounts.call("PATCH", "auth/profile/", login, is_private=False)
    return accounts.call("POST", "watch-history/", login, movie_id=film(login))["id"]


def watchlist_entry(login: Login) -> Any:
    return accounts.call("POST", "watchlist/", login, movie_id=film(login))["id"]


def not_interested(login: Login) -> Any:
    return accounts.call("POST", "not-interested/", login, movie_id=film(login))["id"]


def search_name(_: Login) -> str:
    return f"search {next(_numbers)}"


def search_parameters(_: Login) -> Any:
    return {"genre": genre(_), "year_min": "1950", "ordering": "-vote_average"}


def saved_search(login: Login) -> Any:
    """One that is there, where there is one: of a viewer's there are a hundred at most."""
    kept = accounts.call("GET", "saved-searches/?page_size=1", login)["results"]
    body = {"name": search_name(login), "parameters": search_parameters(login)}
    return (kept or [accounts.call("POST", "saved-searches/", login, **body)])[0]["id"]


def skipped_film(login: Login) -> Any:
    movie_id = film(login)
    accounts.call("POST", "onboarding/skips/", login, movie_id=movie_id)
    return movie_id


def sync_run(_: Login) -> Any:
    """Open: cancelling one that has ended is refused."""
    return accounts.call("POST", "ops/sync-runs/", accounts.operator(), kind="trending")["id"]


def experiment_name(_: Login) -> str:
    return f"experiment-{next(_numbers)}"


def experiment(login: Login) -> Any:
    """A draft."""
    body = {"name": experiment_name(login), "variants": variants(login)}
    return accounts.call("POST", "ops/experiments/", accounts.operator(), **body)["name"]


def running_experiment(login: Login) -> Any:
    """The only one that runs."""
    name, operator = experiment(login), accounts.operator()
    for each in accounts.call("GET", "ops/experiments/?state=running", operator)["results"]:
        accounts.call("POST", f"ops/experiments/{each['name']}/stop/", operator, reason="fuzzed")
    accounts.call("POST", f"ops/experiments/{name}/start/", operator)
    return name


def startable_experiment(login: Login) -> Any:
    address = f"ops/experiments/{running_experiment(login)}/stop/"
    accounts.call("POST", address, accounts.operator(), reason="fuzzed")
    return experiment(login)


def variants(_: Login) -> Any:
    return [
        {"name": "control", "share": 500, "is_control": True},
        {"name": "bold", "share": 480, "pipeline": {"popularity_debias": 0.8}},
        {"name": "holdback", "share": 20, "kind": "popularity"},
    ]


def generation_in(state: str) -> Genuine:
    def find(_: Login) -> Any:
        page = accounts.call("GET", f"ops/generations/?state={state}", accounts.operator())
        return page["results"][0]["id"]

    return find


def ready_model(_: Login) -> Any:
    page = accounts.call("GET", "ops/generations/?state=active", accounts.operator())
    return page["results"][0]["model_version"]


def open_generation(_: Login) -> Any:
    """Asked for with a model that has none, if there is none: no worker runs here."""
    operator = accounts.operator()
    found = accounts.call("GET", "ops/generations/?state=requested", operator)["results"]
    return (found or [accounts.call("POST", "ops/generations/", operator)])[0]["id"]


def genre(_: Login) -> str:
    return GENRES[next(_numbers) % len(GENRES)].lower().replace(" ", "-")


def cursor(login: Login) -> Any:
    page = accounts.call("GET", "recommendations/?limit=3", login)
    return page["next"].partition("cursor=")[2].partition("&")[0]


def events(login: Login) -> Any:
    return [
        {"kind": "rating", "movie_id": film(login), "score": 7},
        {"kind": "watch", "movie_id": film(login), "watched_at": "2026-11-22T15:30:00Z"},
    ]


def shown(login: Login) -> Any:
    """Items of the page as it is, each under the id of its list."""
    page = accounts.call("GET", "recommendations/?limit=3", login)
    return [
        {
            "type": "impression",
            "movie_id": item["movie"]["id"],
            "list_id": page["list_id"],
            "surface": "list",
        }
        for item in page["results"]
    ]


def refresh(_: Login) -> str:
    return accounts.log_in(accounts.traveller()).refresh


def mail_token(purpose: str) -> Genuine:
    return lambda _: accounts.mail_token(purpose)


def given(value: Any) -> Genuine:
    return lambda _: value


PATHS: dict[str, dict[str, Genuine]] = {
    "auth_session_revoke": {"id": lambda login: login.session_id},
    "experiment_detail": {"name": experiment},
    "experiment_discard": {"name": experiment},
    "experiment_start": {"name": startable_experiment},
    "experiment_stop": {"name": running_experiment},
    "favorite_check": {"movie_id": liked_film},
    "favorite_remove": {"id": favorite},
    "generation_cancel": {"id": open_generation},
    "generation_detail": {"id": generation_in("active")},
    "generation_publish": {"id": generation_in("active")},
    "movie_by_tmdb_id": {"tmdb_id": film},
    "movie_detail": {"id": film},
    "movie_rating_delete": {"movie_id": rated_film},
    "movie_rating_detail": {"movie_id": rated_film},
    "movie_rating_save": {"movie_id": film},
    "movie_similar": {"id": film},
    "not_interested_remove": {"id": not_interested},
    "onboarding_unskip": {"movie_id": skipped_film},
    "operated_why_not": {"user_id": viewer_id, "movie_id": film},
    "person_detail": {"id": film},
    "rating_change": {"id": rating},
    "rating_delete": {"id": rating},
    "rating_detail": {"id": rating},
    "rating_patch": {"id": rating},
    "recommendation_why": {"movie_id": recommended_film},
    "saved_search_change": {"id": saved_search},
    "saved_search_delete": {"id": saved_search},
    "saved_search_detail": {"id": saved_search},
    "sync_run_cancel": {"id": sync_run},
    "sync_run_detail": {"id": sync_run},
    "watch_history_change": {"id": viewing},
    "watch_history_delete": {"id": viewing},
    "watch_history_detail": {"id": viewing},
    "watchlist_remove": {"id": watchlist_entry},
}
QUERIES: dict[str, dict[str, Genuine]] = {
    "movie_list": {"genre": genre},
    "recommendation_list": {"cursor": cursor, "genre": genre},
}
_TRAVELLER: dict[str, Genuine] = {
    "email": lambda _: accounts.traveller(),
    "password": given(PASSWORD),
}
_NEW_PASSWORD: dict[str, Genuine] = {"new_password": given(f"another {PASSWORD}")}
_SEARCH: dict[str, Genuine] = {"name": search_name, "parameters": search_parameters}
BODIES: dict[str, dict[str, Genuine]] = {
    "account_delete": {"password": given(PASSWORD)},
    "auth_login": _TRAVELLER,
    "auth_logout": {"refresh": refresh},
    "auth_password_change": {"old_password": given(PASSWORD), **_NEW_PASSWORD},
    "auth_password_reset_confirm": {"token": mail_token("reset_password"), **_NEW_PASSWORD},
    "auth_register": {"email": lambda _: accounts.new_email(), "password": given(PASSWORD)},
    "auth_token_refresh": {"refresh": refresh},
    "auth_token_verify": {"token": lambda login: login.access},
    "auth_verify_email": {"token": mail_token("verify_email")},
    "experiment_create": {"name": experiment_name, "variants": variants},
    "favorite_add": {"movie_id": film},
    "generation_publish": {"expected_active": generation_in("active")},
    "generation_request": {"model_version": ready_model},
    "generation_roll_back": {
        "generation": generation_in("retired"),
        "expected_active": generation_in("active"),
    },
    "library_bulk": {"events": events},
    "not_interested_add": {"movie_id": film, "tmdb_id": film, "person_id": film},
    "onboarding_skip": {"movie_id": film},
    "rating_save": {"movie_id": film},
    "recommendation_events": {"events": shown},
    "recommendation_feedback": {"movie_id": film},
    "saved_search_add": _SEARCH,
    "saved_search_change": _SEARCH,
    "watch_history_record": {"movie_id": film},
    "watchlist_add": {"movie_id": film},
}
