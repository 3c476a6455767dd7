"""What the OpenAPI document shows for the states of films."""

from drf_spectacular.utils import OpenApiExample

STATES = OpenApiExample(
    "states",
    value={
        "results": [
            {
                "movie_id": 42,
                "favorite": False,
                "rating": 9,
                "watched": True,
                "watchlisted": False,
                "hidden": False,
                "favorite_id": None,
                "rating_id": 11,
                "watchlist_id": None,
                "not_interested_id": None,
            }
        ]
    },
    response_only=True,
    status_codes=["200"],
)
