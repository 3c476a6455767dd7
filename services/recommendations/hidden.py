"""Films of the people and genres that viewers do not want, as rows of a model."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from django.db import connection

from services.recommender.arrays import IntArray
from services.recommender.model import ItemModel

from .copying import copy_out
from .loading import UserRange

_SUBJECTS = """
    SELECT user_id, person_id, genre_id FROM favorites_notinterested
    WHERE user_id BETWEEN %s AND %s AND movie_id IS NULL
"""
_FILMS_OF_PEOPLE = "SELECT person_id, movie_id FROM movies_credit WHERE person_id = ANY(%s)"
_FILMS_OF_GENRES = "SELECT genre_id, movie_id FROM movies_movie_genres WHERE genre_id = ANY(%s)"

# By person or genre, the rows of its films.
Rows = dict[int, IntArray]


@dataclass(frozen=True)
class HiddenRows:
    """Each array is read and held once, however many viewers do not want the person or genre."""

    of_user: dict[int, list[IntArray]] = field(default_factory=dict)

    def rows_of(self, user_id: int) -> list[IntArray]:
        return self.of_user.get(user_id, [])


def read_hidden(users: UserRange, model: ItemModel) -> HiddenRows:
    """What the range's viewers hid by person or genre; one query where none of them did."""
    with connection.cursor() as cursor:
        cursor.execute(_SUBJECTS, [users.first, users.last])
        subjects = cursor.fetchall()
    people = _read_rows(_FILMS_OF_PEOPLE, {person for _, person, _ in subjects} - {None}, model)
    genres = _read_rows(_FILMS_OF_GENRES, {genre for _, _, genre in subjects} - {None}, model)
    of_user: dict[int, list[IntArray]] = defaultdict(list)
    for user_id, person_id, genre_id in subjects:
        rows = genres.get(genre_id) if person_id is None else people.get(person_id)
        if rows is not None:
            of_user[user_id].append(rows)
    return HiddenRows(of_user)


def _read_rows(query: str, subject_ids: set[int], model: ItemModel) -> Rows:
    """The model's rows of each subject's films; subjects without any are left out."""
    if not subject_ids:
        return {}
    columns = copy_out(query, [sorted(subject_ids)], [("subject_id", "i4"), ("movie_id", "i4")])
    rows, is_known = model.locate(columns["movie_id"])
    subjects, rows = columns["subject_id"][is_known], rows[is_known]
    order = np.argsort(subjects, kind="stable")
    found, starts = np.unique(subjects[order], return_index=True)
    # Without any row, split gives one part all the same.
    return dict(zip(found.tolist(), np.split(rows[order], starts[1:]), strict=False))
