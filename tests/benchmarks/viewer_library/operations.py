"""A request of every operation of the API, by its name in the OpenAPI document.

What follows ` ?` in a name is a variant of the operation. Left out is what hashes a password, as it
is meant to take long, what sends a whole library in either direction, and what ends the account.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tests.benchmarks.viewer_library import recommended
from tests.benchmarks.viewer_library.drawing import VARIANTS, Call, Drawing
from tests.benchmarks.viewer_library.viewer_rows import LIST_LENGTH, OPERATOR

# How a request is made of what is drawn, for the viewer of this id.
Maker = Callable[[Drawing, int], Call]

LEFT_OUT = frozenset(
    {
        "GET auth/export/",
        # Of the push process; `make bench-push` measures it.
        "GET recommendations/events/",
        "POST recommendations/events/ticket/",
        "POST auth/account/delete/",
        "POST auth/change-password/",
        "POST auth/login/",
        "POST auth/password-reset/confirm/",
        "POST auth/register/",
        "POST library/bulk/",
    }
)
MOMENT = "2026-03-01T20:00:00Z"
STATES = 200


def name_of(operation: str) -> str:
    """The operation itself, of a variant of it."""
    return operation.split(" ?", maxsplit=1)[0]


def get(path: str, **params: Any) -> Maker:
    return lambda draw, viewer: Call(
        method="GET", path=path, params=params, headers=draw.bearer(viewer)
    )


def read(path: str, of: Callable[[Drawing, int], Mapping[str, Any]]) -> Maker:
    """A GET with parameters that are drawn each time."""
    return lambda draw, viewer: Call(
        method="GET", path=path, params=of(draw, viewer), headers=draw.bearer(viewer)
    )


def one(method: str, path: str, of: Callable[[Drawing, int], object], **body: Any) -> Maker:
    """A request about what the id in its address names."""
    return lambda draw, viewer: Call(
        method=method,
        path=path.format(of(draw, viewer)),
        body=body or None,
        headers=draw.bearer(viewer),
    )


def write(method: str, path: str, of: Callable[[Drawing, int], Mapping[str, Any]]) -> Maker:
    return lambda draw, viewer: Call(
        method=method, path=path, body=of(draw, viewer), headers=draw.bearer(viewer)
    )


def owned(table: str, column: str = "id") -> Callable[[Drawing, int], int]:
    return lambda draw, viewer: draw.own(table, viewer, column)


def film(draw: Drawing, _viewer: int) -> int:
    return draw.movie_id()


def narrow(draw: Drawing, _viewer: int) -> Mapping[str, Any]:
    return {
        "genre": f"{draw.genre_id()},{draw.genre_id()}",
        "year": draw.year(),
        "runtime_min": 90,
        "language": draw.language(),
        "provider": f"{draw.provider_id()},{draw.provider_id()}",
        "region": draw.country(),
        "limit": 50,
    }


def deep(draw: Drawing, viewer: int) -> Mapping[str, Any]:
    """Far behind the end of the list."""
    return {"language": draw.language(), "cursor": draw.cursor(viewer)}


CATALOGUE: dict[str, Maker] = {
    "GET movies/": get("movies/"),
    "GET movies/ ?genre&ordering": read(
        "movies/", lambda draw, _: {"genre": draw.genre_id(), "ordering": "-year"}
    ),
    "GET movies/ ?title": read("movies/", lambda draw, _: {"title": draw.word()}),
    "GET movies/search/": read("movies/search/", lambda draw, _: {"q": draw.word()}),
    "GET movies/{id}/": one("GET", "movies/{}/", film),
    "GET movies/{id}/similar/": one("GET", "movies/{}/similar/", film),
    "GET movies/by-tmdb/{tmdb_id}/": one(
        "GET", "movies/by-tmdb/{}/", lambda draw, _: 1_000_000 + draw.movie_id()
    ),
    "GET movies/genres/": get("movies/genres/"),
    "GET movies/trending/": get("movies/trending/"),
    "GET movies/popular/": get("movies/popular/"),
    "GET movies/top-rated/": get("movies/top-rated/"),
    "GET movies/now-playing/": get("movies/now-playing/"),
    "GET movies/upcoming/": get("movies/upcoming/"),
    "GET people/{id}/": one("GET", "people/{}/", lambda draw, _: draw.person_id()),
}
LIBRARY_READS: dict[str, Maker] = {
    "GET favorites/": get("favorites/"),
    "GET favorites/ ?q": read("favorites/", lambda draw, _: {"q": draw.word()}),
    "GET favorites/check/{movie_id}/": one("GET", "favorites/check/{}/", film),
    "GET ratings/": get("ratings/"),
    "GET ratings/ ?page_size=100": get("ratings/", page_size=100),
    "GET ratings/ ?genre": read("ratings/", lambda draw, _: {"genre": draw.genre_id()}),
    "GET ratings/ ?q": read("ratings/", lambda draw, _: {"q": draw.word()}),
    "GET ratings/ ?score_min&year_min": get("ratings/", score_min=8, year_min=1990),
    "GET ratings/ ?since": get("ratings/", since="2026-01-01"),
    "GET ratings/ ?ordering=title": get("ratings/", ordering="title"),
    "GET ratings/ ?ordering=-score": get("ratings/", ordering="-score"),
    "GET ratings/{id}/": one("GET", "ratings/{}/", owned("rating")),
    "GET movies/{movie_id}/rating/": one("GET", "movies/{}/rating/", owned("rating", "movie_id")),
    "GET watch-history/": get("watch-history/"),
    "GET watch-history/ ?finished": get("watch-history/", finished="true"),
    "GET watch-history/ ?ordering=title": get("watch-history/", ordering="title"),
    "GET watch-history/{id}/": one("GET", "watch-history/{}/", owned("watchentry")),
    "GET watchlist/": get("watchlist/"),
    "GET watchlist/ ?watched": get("watchlist/", watched="false"),
    "GET not-interested/": get("not-interested/"),
    "GET library/states/": read(
        "library/states/",
        lambda draw, _: {"movie_ids": ",".join(map(str, draw.movie_ids(STATES)))},
    ),
    "GET library/stats/": get("library/stats/"),
    "GET recommendations/stats/": get("recommendations/stats/"),
    "GET recommendations/stats/ ?scope=global": recommended.read_global_stats,
    "GET recommendations/": get("recommendations/"),
    "GET recommendations/ ?limit=50": get("recommendations/", limit=50),
    "GET recommendations/ ?genre": read(
        "recommendations/", lambda draw, _: {"genre": draw.genre_id()}
    ),
    "GET recommendations/ ?year": read("recommendations/", lambda draw, _: {"year": draw.year()}),
    "GET recommendations/ ?year_min&genre": read(
        "recommendations/", lambda draw, _: {"year_min": 2000, "genre": draw.genre_id()}
    ),
    "GET recommendations/ ?runtime_max": get("recommendations/", runtime_max=80),
    "GET recommendations/ ?language": read(
        "recommendations/", lambda draw, _: {"language": draw.language()}
    ),
    "GET recommendations/ ?provider": read(
        "recommendations/",
        lambda draw, _: {"provider": draw.provider_id(), "region": draw.country()},
    ),
    # Few films or none pass all of these.
    "GET recommendations/ ?everything": read("recommendations/", narrow),
    "GET recommendations/ ?exclude&include_seen": read(
        "recommendations/",
        lambda draw, _: {
            "exclude": ",".join(map(str, draw.movie_ids(100))),
            "include_seen": "true",
        },
    ),
    "GET recommendations/ ?cursor&language": read("recommendations/", deep),
    "GET recommendations/ ?min_revision=1": get("recommendations/", min_revision=1),
    "GET recommendations/home/": get("recommendations/home/"),
    # Answered 202, with an estimate.
    "GET recommendations/ ?min_revision=unseen": read(
        "recommendations/",
        lambda draw, viewer: {"min_revision": draw.unseen_revision(viewer)},
    ),
}
LIBRARY_WRITES: dict[str, Maker] = {
    "POST recommendations/events/ ?20": recommended.tell_events(recommended.PAGE),
    "POST recommendations/events/ ?200": recommended.tell_events(LIST_LENGTH),
    "POST recommendations/feedback/": recommended.give_feedback,
    "POST favorites/": write("POST", "favorites/", lambda draw, _: {"movie_id": draw.movie_id()}),
    "DELETE favorites/{id}/": one("DELETE", "favorites/{}/", owned("favorite")),
    "POST ratings/": write(
        "POST", "ratings/", lambda draw, _: {"movie_id": draw.movie_id(), "score": draw.score()}
    ),
    "PUT ratings/{id}/": one("PUT", "ratings/{}/", owned("rating"), score=7),
    "PATCH ratings/{id}/": one("PATCH", "ratings/{}/", owned("rating"), score=8),
    "DELETE ratings/{id}/": one("DELETE", "ratings/{}/", owned("rating")),
    "PUT movies/{movie_id}/rating/": one("PUT", "movies/{}/rating/", film, score=9),
    "DELETE movies/{movie_id}/rating/": one(
        "DELETE", "movies/{}/rating/", owned("rating", "movie_id")
    ),
    "POST watch-history/": write(
        "POST", "watch-history/", lambda draw, _: {"movie_id": draw.movie_id()}
    ),
    "POST watch-history/ ?watched_at": write(
        "POST",
        "watch-history/",
        lambda draw, _: {"movie_id": draw.movie_id(), "watched_at": MOMENT},
    ),
    "PATCH watch-history/{id}/": one(
        "PATCH", "watch-history/{}/", owned("watchentry"), progress=90
    ),
    "DELETE watch-history/{id}/": one("DELETE", "watch-history/{}/", owned("watchentry")),
    "POST watchlist/": write("POST", "watchlist/", lambda draw, _: {"movie_id": draw.movie_id()}),
    "DELETE watchlist/{id}/": one("DELETE", "watchlist/{}/", owned("watchlistentry")),
    "POST not-interested/": write(
        "POST", "not-interested/", lambda draw, _: {"movie_id": draw.movie_id()}
    ),
    "POST not-interested/ ?person_id": write(
        "POST", "not-interested/", lambda draw, _: {"person_id": draw.person_id()}
    ),
    "POST not-interested/ ?genre_id": write(
        "POST", "not-interested/", lambda draw, _: {"genre_id": draw.genre_id()}
    ),
    "POST recommendations/refresh/": one("POST", "recommendations/refresh/", lambda *_: ""),
    "DELETE not-interested/{id}/": one("DELETE", "not-interested/{}/", owned("notinterested")),
}
PROFILE = {
    "display_name": "Ada",
    "language": "fr",
    "region": "CH",
    "include_adult": True,
    "is_private": False,
}
ACCOUNT: dict[str, Maker] = {
    "GET auth/profile/": get("auth/profile/"),
    "PUT auth/profile/": write("PUT", "auth/profile/", lambda *_: PROFILE),
    "PATCH auth/profile/": write("PATCH", "auth/profile/", lambda *_: {"display_name": "Ada"}),
    "GET auth/sessions/": get("auth/sessions/"),
    "POST auth/token/verify/": write(
        "POST", "auth/token/verify/", lambda draw, viewer: {"token": draw.access_token(viewer)}
    ),
    "POST auth/token/refresh/": write(
        "POST", "auth/token/refresh/", lambda draw, viewer: {"refresh": draw.refresh_token(viewer)}
    ),
    "POST auth/password-reset/": write(
        "POST", "auth/password-reset/", lambda _, viewer: {"email": f"viewer{viewer}@example.com"}
    ),
    "POST auth/verify-email/resend/": write(
        "POST",
        "auth/verify-email/resend/",
        lambda _, viewer: {"email": f"viewer{viewer}@example.com"},
    ),
    "POST auth/verify-email/": write(
        "POST",
        "auth/verify-email/",
        lambda draw, viewer: {"token": draw.verification_token(viewer)},
    ),
}
# After them a viewer has no session that the benchmark knows of.
LEAVING: dict[str, Maker] = {
    "DELETE auth/sessions/{id}/": one(
        "DELETE", "auth/sessions/{}/", lambda draw, viewer: draw.other_session_id(viewer)
    ),
    "POST auth/logout/": write(
        "POST", "auth/logout/", lambda draw, viewer: {"refresh": draw.refresh_token(viewer)}
    ),
    "POST auth/logout-all/": one("POST", "auth/logout-all/", lambda *_: ""),
}


def open_run(draw: Drawing, _viewer: int) -> int:
    return draw.open_run_id()


def draft(draw: Drawing, _viewer: int) -> str:
    return draw.experiment_name()


def running(draw: Drawing, _viewer: int) -> str:
    return draw.experiment_name(running=True)


def generation(draw: Drawing, _viewer: int) -> int:
    return draw.generation_id()


def as_operator(maker: Maker) -> Maker:
    return lambda draw, _viewer: maker(draw, OPERATOR)


OPERATIONS: dict[str, Maker] = {
    name: as_operator(maker)
    for name, maker in {
        "POST ops/experiments/": write(
            "POST",
            "ops/experiments/",
            lambda draw, _: {"name": draw.free_name(), "variants": VARIANTS},
        ),
        "GET ops/experiments/": get("ops/experiments/"),
        "GET ops/experiments/{name}/": one("GET", "ops/experiments/{}/", draft),
        "DELETE ops/experiments/{name}/": one("DELETE", "ops/experiments/{}/", draft),
        "POST ops/experiments/{name}/start/": one("POST", "ops/experiments/{}/start/", draft),
        "POST ops/experiments/{name}/stop/": one(
            "POST", "ops/experiments/{}/stop/", running, reason="It is better."
        ),
        "GET ops/freshness/": get("ops/freshness/"),
        "GET ops/generations/": get("ops/generations/"),
        "GET ops/generations/{id}/": one("GET", "ops/generations/{}/", generation),
        "POST ops/sync-runs/": write("POST", "ops/sync-runs/", lambda *_: {"kind": "trending"}),
        "GET ops/sync-runs/": get("ops/sync-runs/"),
        "GET ops/sync-runs/{id}/": one("GET", "ops/sync-runs/{}/", open_run),
        "DELETE ops/sync-runs/{id}/": one("DELETE", "ops/sync-runs/{}/", open_run),
    }.items()
}
EVERY = CATALOGUE | LIBRARY_READS | LIBRARY_WRITES | ACCOUNT | OPERATIONS | LEAVING
OF_LIBRARIES = LIBRARY_READS | LIBRARY_WRITES
