"""A table of films by title, looked up together."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from apps.movies.models import Movie


def film_table(items: Sequence[Mapping[str, Any]]) -> SafeString:
    """Each item has a `movie_id`, and may have a `score`, a `source` and `because`.

    `because` is a sequence of film ids and shares in percent. One query, whatever the length.
    """
    ids = {item["movie_id"] for item in items}
    ids |= {movie_id for item in items for movie_id, _ in item.get("because", ())}
    movies = Movie.objects.only("title", "year").in_bulk(ids)
    rows = [
        {
            **item,
            "movie": movies.get(item["movie_id"]),
            "reasons": [
                {"movie": movies.get(movie_id), "id": movie_id, "share": share}
                for movie_id, share in item.get("because", ())
            ],
        }
        for item in items
    ]
    return render_to_string("recommendations/admin/films.html", {"rows": rows})
