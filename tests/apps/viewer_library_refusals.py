"""Writes to a library that are refused, whatever is in it: how, and as what."""

from typing import Any, NamedTuple

NOBODYS = 2**31 - 1
BEYOND_TMDB = 2**40
# Where a body says so, the id of a film that there is takes its place.
FILM = "a film"


class Refused(NamedTuple):
    method: str
    path: str
    body: dict[str, Any]
    status: int
    code: str

    def body_about(self, movie_id: int) -> dict[str, Any]:
        body: dict[str, Any] = _filled(self.body, movie_id)
        return body


def _filled(value: Any, movie_id: int) -> Any:
    if isinstance(value, dict):
        return {name: _filled(each, movie_id) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, movie_id) for each in value]
    return movie_id if value == FILM else value


def _bulk(*events: dict[str, Any]) -> Refused:
    return Refused("POST", "library/bulk/", {"events": list(events)}, 400, "bulk_refused")


_LIKED = {"kind": "favorite", "movie_id": FILM}

REFUSED = (
    *(
        Refused("POST", path, {name: number} | more, 404, "movie_not_found")
        for name, number in (("movie_id", NOBODYS), ("tmdb_id", BEYOND_TMDB))
        for path, more in (
            ("favorites/", {}),
            ("watchlist/", {}),
            ("watch-history/", {}),
            ("not-interested/", {}),
            ("ratings/", {"score": 7}),
        )
    ),
    Refused("PUT", f"movies/{NOBODYS}/rating/", {"score": 7}, 404, "movie_not_found"),
    Refused("DELETE", f"movies/{NOBODYS}/rating/", {}, 404, "movie_not_found"),
    Refused("POST", "not-interested/", {"person_id": NOBODYS}, 404, "person_not_found"),
    Refused("POST", "not-interested/", {"genre_id": NOBODYS}, 404, "not_found"),
    *(
        Refused("POST", "ratings/", {"movie_id": FILM, "score": score}, 400, "rating_out_of_range")
        for score in (0, 11, -1)
    ),
    *(
        Refused("POST", "ratings/", {"movie_id": FILM, "score": score}, 400, "invalid")
        for score in ("7", 7.5, True, None)
    ),
    Refused("POST", "ratings/", {"movie_id": FILM, "score": 7, "at": 1}, 400, "unknown_field"),
    Refused("POST", "favorites/", {"movie_id": FILM, "tmdb_id": 1}, 400, "invalid"),
    *(
        Refused("POST", "watch-history/", {"movie_id": FILM, "progress": per_cent}, 400, "invalid")
        for per_cent in (101, -1)
    ),
    *(
        Refused("POST", "watch-history/", {"movie_id": FILM, "watched_at": at}, 400, "invalid")
        for at in ("2020-01-01", "2020-01-01T20:00:00", "9998-01-01T20:00:00Z", 1)
    ),
    Refused("POST", "not-interested/", {"movie_id": FILM, "genre_id": 1}, 400, "invalid"),
    Refused("POST", "not-interested/", {}, 400, "invalid"),
    Refused("POST", "library/bulk/", {"events": []}, 400, "invalid"),
    _bulk(_LIKED, {"kind": "odd", "movie_id": FILM}),
    _bulk(_LIKED, {"kind": "rating", "movie_id": FILM, "score": 11}),
    _bulk(_LIKED, {"kind": "watch", "movie_id": FILM, "rated_at": None}),
    _bulk({"kind": "not_interested", "person_id": NOBODYS}, _LIKED),
)
