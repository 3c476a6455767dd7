from typing import Any, TypeVar

from django.db.models import Model
from rest_framework.generics import ListAPIView

from apps.movies.states import STATES, states_for

Row = TypeVar("Row", bound=Model)


class MovieStatesListView(ListAPIView[Row]):
    """Lists rows that are films or name one, with the caller's state of every film."""

    movie_id_attribute = "pk"

    def get_serializer(self, rows: Any = (), **options: Any) -> Any:
        # The document's generator asks for a serializer without rows.
        movie_ids = {getattr(row, self.movie_id_attribute) for row in rows} - {None}
        context = self.get_serializer_context() | {STATES: states_for(self.request, movie_ids)}
        return self.get_serializer_class()(rows, context=context, **options)
