"""Films like a film as a model knows them, stored with it for whoever reads."""

from collections.abc import Sequence

from django.db import connection
from psycopg2.extras import execute_values

from apps.recommendations.models import ModelVersion
from services.recommender.served_model import BLEND, ServedModel
from services.recommender.similar_items import similar_items

ROWS_AT_ONCE = 1_000

_INSERT = """
    INSERT INTO recommendations_similarfilms (model_version_id, movie_id, movie_ids) VALUES %s
"""

Similar = Sequence[tuple[int, list[int]]]


def similar_films(model: ServedModel) -> Similar:
    """Films and those like each, the most alike first; none of a model that knows no viewers."""
    if model.kind != BLEND:
        return []
    item_ids = model.item_ids
    found = similar_items(model.links, model.films.events)
    return [(int(item_ids[item]), item_ids[others].tolist()) for item, others in found]


def store_similar_films(version: ModelVersion, similar: Similar) -> None:
    rows = [(version.pk, movie_id, movie_ids) for movie_id, movie_ids in similar]
    with connection.cursor() as cursor:
        execute_values(cursor.cursor, _INSERT, rows, page_size=ROWS_AT_ONCE)
