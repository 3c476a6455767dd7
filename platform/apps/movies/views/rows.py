from operator import attrgetter
from typing import Any, TypeVar

from django.db.models import Model
from rest_framework.generics import ListAPIView

from apps.movies.film_cards import cards_for
from apps.movies.serializers.films import CARDS

Row = TypeVar("Row", bound=Model)

_movie_id_of = attrgetter("movie_id")


class FilmRowsView(ListAPIView[Row]):
    """Lists rows that name a film, or none, with what the caller did with it."""

    def get_serializer(self, rows: Any = (), **options: Any) -> Any:
        # The document's generator asks for a serializer without rows.
        cards = cards_for(self.request, set(map(_movie_id_of, rows)) - {None})
        # Where a film is gone by now, its rows went before it.
        shown: Any = [
            row for row in rows if _movie_id_of(row) is None or _movie_id_of(row) in cards
        ]
        context = self.get_serializer_context() | {CARDS: cards}
        return self.get_serializer_class()(shown, context=context, **options)
