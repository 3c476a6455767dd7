"""A new viewer's first minutes on a running platform, over HTTP, with every promise checked.

Run by `make tour`. Exits with 1 and says which promise was broken if any is.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from rich.console import Console
from rich.table import Table

TIMEOUT_S = 10.0
VISIBLE_WITHIN_S = 10.0
POLL_INTERVAL_S = 0.01
SHOWN = 10
# A list is rebuilt at once and then at most once a second: nobody rates films faster for long.
BETWEEN_RATINGS_S = 1.2


@dataclass(frozen=True, slots=True)
class Film:
    """A film of the tour: what the viewer types, and the TMDb id that tells the right hit."""

    search: str
    tmdb_id: int
    score: int = 0


RATED = (
    Film("Blade Runner", 78, 10),
    Film("Matrix", 603, 9),
    Film("Alien", 348, 9),
    Film("Terminator 2", 280, 8),
    Film("Titanic", 597, 3),
)
FAVORITE = Film("Empire Strikes Back", 1891)
LIKED_FROM = 7
# Without ratings to learn from, films are matched by what they are: `similar`.
OWN_SOURCES = ("personal", "similar")


class PromiseBrokenError(Exception):
    """The platform did not do what the tour says it does."""


def promise(kept: bool, text: str) -> None:  # noqa: FBT001  # reads as an assertion
    if not kept:
        raise PromiseBrokenError(text)


@dataclass
class Viewer:
    """Talks to the API as one viewer and notes how long each call took."""

    api_url: str
    session: requests.Session = field(default_factory=requests.Session)
    refresh: str = ""

    def use(self, tokens: dict[str, str]) -> None:
        self.session.headers["Authorization"] = f"Bearer {tokens['access']}"
        self.refresh = tokens["refresh"]

    def call(
        self, method: str, path: str, *, expect: tuple[int, ...] = (200,), **options: Any
    ) -> tuple[dict[str, Any], float]:
        started = time.perf_counter()
        response = self.session.request(
            method, f"{self.api_url}/{path}", timeout=TIMEOUT_S, **options
        )
        elapsed_ms = (time.perf_counter() - started) * 1000
        promise(
            response.status_code in expect,
            f"{method} {path} answered {response.status_code}, expected {expect}: "
            f"{response.text[:300]}",
        )
        body: dict[str, Any] = response.json() if response.content else {}
        return body, elapsed_ms

    def recommendations(self) -> dict[str, Any]:
        return self.call("GET", "recommendations/", params={"limit": 20})[0]

    def wait_for_revision(self, revision: int) -> tuple[dict[str, Any], float]:
        """The first list that has seen `revision`, and the milliseconds until it was there."""
        started = time.perf_counter()
        while time.perf_counter() - started < VISIBLE_WITHIN_S:
            body = self.recommendations()
            if body["list_id"] is not None and body["revision"] >= revision:
                return body, (time.perf_counter() - started) * 1000
            time.sleep(POLL_INTERVAL_S)
        raise PromiseBrokenError(
            f"revision {revision} was not in the list after {VISIBLE_WITHIN_S:.0f} s"
        )


def titles(body: dict[str, Any]) -> list[str]:
    return [result["movie"]["title"] for result in body["results"][:SHOWN]]


def label(movie: dict[str, Any]) -> str:
    return f"{movie['title']} ({movie['year']})" if movie["year"] else str(movie["title"])


def register_and_log_in(viewer: Viewer, console: Console) -> None:
    account = {
        "email": f"tour-{secrets.token_hex(6)}@example.com",
        "password": secrets.token_urlsafe(16),
    }
    viewer.call("GET", "recommendations/", expect=(401,))
    _, registered_ms = viewer.call("POST", "auth/register/", json=account, expect=(201,))
    tokens, login_ms = viewer.call("POST", "auth/login/", json=account)
    viewer.use(tokens)
    console.print(
        f"[bold]1. A new viewer[/]: registered {account['email']} in {registered_ms:.0f} ms, "
        f"logged in in {login_ms:.0f} ms. Without a token the list answers 401."
    )


def show_first_list(viewer: Viewer, console: Console) -> dict[str, Any]:
    body = viewer.recommendations()
    promise(body["source"] == "popular", f"a new viewer's list is {body['source']}, not popular")
    promise(len(body["results"]) >= SHOWN, "a new viewer's list is shorter than a screen")
    console.print(
        f"[bold]2. Before any rating[/] the list is labelled “{body['source']}”: "
        f"{', '.join(titles(body)[:5])}, …"
    )
    return body


def find(viewer: Viewer, film: Film) -> dict[str, Any]:
    body, _ = viewer.call("GET", "movies/", params={"title": film.search, "page_size": 50})
    for movie in body["results"]:
        if movie["tmdb_id"] == film.tmdb_id:
            return dict(movie)
    raise PromiseBrokenError(f"the movie list does not find “{film.search}”")


def rate_films(
    viewer: Viewer, before: dict[str, Any], console: Console
) -> tuple[dict[str, Any], dict[int, Film]]:
    """Rate the five films, waiting each time for the list that has seen the rating."""
    table = Table("film", "score", "write ms", "in the list after ms", f"new in the top {SHOWN}")
    rated: dict[int, Film] = {}
    for film in RATED:
        movie = find(viewer, film)
        rated[movie["id"]] = film
        written, write_ms = viewer.call(
            "POST", "ratings/", json={"movie_id": movie["id"], "score": film.score}, expect=(201,)
        )
        body, visible_ms = viewer.wait_for_revision(written["taste_revision"])
        new = len(set(titles(body)) - set(titles(before)))
        table.add_row(
            label(movie), str(film.score), f"{write_ms:.0f}", f"{visible_ms:.0f}", str(new)
        )
        check_list(body, rated)
        before = body
        time.sleep(BETWEEN_RATINGS_S)
    console.print("[bold]3. Five films are rated[/], one after the other:", table)
    return before, rated


def check_list(body: dict[str, Any], rated: dict[int, Film]) -> None:
    shown = {result["movie"]["id"] for result in body["results"]}
    promise(not shown & rated.keys(), "a rated film is still in the list")
    for result in body["results"]:
        for because in result["reason"]["because"]:
            film = rated.get(because["movie_id"])
            promise(
                film is None or film.score == 0 or film.score >= LIKED_FROM,
                f"“{because['title']}” is given as a reason and was not liked",
            )


def add_favorite(
    viewer: Viewer, before: dict[str, Any], rated: dict[int, Film], console: Console
) -> dict[str, Any]:
    movie = find(viewer, FAVORITE)
    written, write_ms = viewer.call(
        "POST", "favorites/", json={"movie_id": movie["id"]}, expect=(201,)
    )
    body, visible_ms = viewer.wait_for_revision(written["taste_revision"])
    check_list(body, rated | {movie["id"]: FAVORITE})
    new = [title for title in titles(body) if title not in titles(before)]
    console.print(
        f"[bold]4. A favourite[/]: {label(movie)}, written in {write_ms:.0f} ms, in the list "
        f"after {visible_ms:.0f} ms. New in the top {SHOWN}: {', '.join(new) or 'nothing'}."
    )
    return body


def show_final_list(body: dict[str, Any], first: dict[str, Any], console: Console) -> None:
    promise(body["source"] in OWN_SOURCES, f"the list is {body['source']}, not the viewer's own")
    promise(not body["is_stale"], "the list is stale although nothing was written since")
    promise(titles(body) != titles(first), "the list did not change")
    explained = [r for r in body["results"][:SHOWN] if r["reason"]["because"]]
    promise(len(explained) >= SHOWN // 2, "fewer than half of the films say because of what")
    table = Table("", "film", "genres", "source", "because you liked")
    for rank, result in enumerate(body["results"][:SHOWN], start=1):
        movie = result["movie"]
        genres = ", ".join(genre["name"] for genre in movie["genres"])
        because = ", ".join(
            f"{b['title']} ({b['contribution']:.0%})" for b in result["reason"]["because"]
        )
        table.add_row(str(rank), label(movie), genres, result["source"], because)
    console.print("[bold]5. The list now[/] (a percentage is the share of all that speaks for it):")
    console.print(table)


def renew_and_log_out(viewer: Viewer, console: Console) -> None:
    spent = viewer.refresh
    tokens, renewed_ms = viewer.call("POST", "auth/token/refresh/", json={"refresh": spent})
    viewer.use(tokens)
    body, _ = viewer.call("POST", "auth/token/refresh/", json={"refresh": spent}, expect=(401,))
    promise(body["error"]["code"] == "token_reused", "a refresh token is good for a second time")
    viewer.recommendations()
    viewer.call("POST", "auth/logout/", json={"refresh": viewer.refresh}, expect=(204,))
    viewer.call("GET", "recommendations/", expect=(401,))
    console.print(
        f"[bold]6. The session[/]: its tokens were renewed in {renewed_ms:.0f} ms, the spent one "
        "is refused, and after logging out no token of it is good any more."
    )


def take_tour(viewer: Viewer, console: Console) -> None:
    """Raise PromiseBrokenError at the first step that is not as promised."""
    register_and_log_in(viewer, console)
    first = show_first_list(viewer, console)
    rated_list, rated = rate_films(viewer, first, console)
    final = add_favorite(viewer, rated_list, rated, console)
    show_final_list(final, first, console)
    renew_and_log_out(viewer, console)
    console.print("[bold green]The tour is over: every step was as promised.[/]")


def running_api_url(stack_file: Path) -> str:
    try:
        return str(json.loads(stack_file.read_text())["api_url"]).rstrip("/")
    except (FileNotFoundError, KeyError) as error:
        raise PromiseBrokenError("no platform is running here: start it with `make up`") from error


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make tour", description=__doc__)
    parser.add_argument("--api-url", help="such as http://127.0.0.1:8000/api/v1")
    parser.add_argument("--stack-file", type=Path, default=Path(".local/stack.json"))
    parser.add_argument(
        "--behind-proxy",
        action="store_true",
        help="say that the request came by TLS, as the proxy in front of production would",
    )
    options = parser.parse_args(arguments)
    # Output that is piped into a file or a document keeps its lines whole.
    console = Console(width=None if sys.stdout.isatty() else 130)
    try:
        viewer = Viewer(options.api_url or running_api_url(options.stack_file))
        if options.behind_proxy:
            viewer.session.headers["X-Forwarded-Proto"] = "https"
        take_tour(viewer, console)
    except requests.ConnectionError:
        console.print("[bold red]Nothing answers here.[/] `make up` starts the platform.")
        return 1
    except (PromiseBrokenError, requests.RequestException) as error:
        console.print(f"[bold red]Not as promised:[/] {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
