"""Films of the people and genres that viewers do not want, as rows of a model."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from weakref import WeakKeyDictionary

import numpy as np
import scipy.sparse as sp
from django.db import connection

from services.recommender.arrays import IntArray, SparseArray
from services.recommender.served_model import ServedModel

from .copying import copy_out
from .loading import Users

# Of each open model. A person's array takes some hundred bytes, that of a big genre some 300 kB.
KEPT_SUBJECTS = 1_000

_SUBJECTS = """
    SELECT user_id, person_id, genre_id FROM favorites_notinterested
    WHERE {condition} AND movie_id IS NULL
"""


class _Kind(Enum):
    """The films of a subject of this kind."""

    PERSON = "SELECT person_id, movie_id FROM movies_credit WHERE person_id = ANY(%s)"
    GENRE = "SELECT genre_id, movie_id FROM movies_movie_genres WHERE genre_id = ANY(%s)"


_Subject = tuple[_Kind, int]
_Rows = dict[_Subject, IntArray]

# By model, while it is open, the subjects used last at the end.
_kept: WeakKeyDictionary[ServedModel, OrderedDict[_Subject, IntArray]] = WeakKeyDictionary()


@dataclass(frozen=True)
class HiddenRows:
    """By user and kind of subject the columns of its films.

    Each array is read and held once, however many viewers do not want the person or genre.
    """

    of_user: dict[int, dict[str, list[IntArray]]] = field(default_factory=dict)

    def excluded(self, user_ids: IntArray, *, items: int) -> dict[str, SparseArray]:
        """What keeps films out of these viewers' lists, [viewers, items] by kind of subject.

        The larger part of most blocks hides nothing, and has no matrix at all.
        """
        hidden = [self.of_user.get(user_id, {}) for user_id in user_ids.tolist()]
        kinds = sorted(set().union(*hidden))
        return {kind: _matrix([each.get(kind, []) for each in hidden], items) for kind in kinds}


def read_hidden(users: Users, model: ServedModel) -> HiddenRows:
    """What these viewers hid by person or genre; one query where their films are known.

    The films of a subject are read once for as long as the model is open in this process. So a
    list may hold a film that a sync gave to a genre since; it is passed over when the list is read.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SUBJECTS.format(condition=users.condition), users.parameters)
        hidden = [(user_id, _subject(*subject)) for user_id, *subject in cursor.fetchall()]
    rows = _rows_of({subject for _, subject in hidden}, model)
    of_user: dict[int, dict[str, list[IntArray]]] = {}
    for user_id, subject in hidden:
        if rows[subject].size:
            kinds = of_user.setdefault(user_id, {})
            kinds.setdefault(subject[0].name.lower(), []).append(rows[subject])
    return HiddenRows(of_user)


def _matrix(arrays: Sequence[Sequence[IntArray]], items: int) -> SparseArray:
    """A film that two subjects share is stored twice, which nobody minds."""
    lengths = [sum(rows.size for rows in of_viewer) for of_viewer in arrays]
    columns = np.concatenate([rows for of_viewer in arrays for rows in of_viewer])
    parts = (np.ones(columns.size, np.float32), columns, np.concatenate([[0], np.cumsum(lengths)]))
    matrix: SparseArray = sp.csr_array(parts, shape=(len(arrays), items))
    return matrix


def _subject(person_id: int | None, genre_id: int) -> _Subject:
    return (_Kind.GENRE, genre_id) if person_id is None else (_Kind.PERSON, person_id)


def _rows_of(subjects: set[_Subject], model: ServedModel) -> _Rows:
    """The model's rows of the films of each."""
    kept = _kept.setdefault(model, OrderedDict())
    for kind in _Kind:
        unknown = [key for a_kind, key in subjects - kept.keys() if a_kind is kind]
        if unknown:
            kept |= _read_rows(kind, unknown, model)
    found = {subject: kept[subject] for subject in subjects}
    for subject in subjects:
        kept.move_to_end(subject)
    while len(kept) > KEPT_SUBJECTS:
        kept.popitem(last=False)
    return found


def _read_rows(kind: _Kind, ids: list[int], model: ServedModel) -> _Rows:
    columns = copy_out(kind.value, [sorted(ids)], [("subject_id", "i4"), ("movie_id", "i4")])
    rows, is_known = model.locate(columns["movie_id"])
    subjects, rows = columns["subject_id"][is_known], rows[is_known]
    order = np.argsort(subjects, kind="stable")
    found, starts = np.unique(subjects[order], return_index=True)
    # Without any row, split gives one part all the same. Copies, lest one holds all the others.
    parts = (part.copy() for part in np.split(rows[order], starts[1:]))
    none = np.empty(0, rows.dtype)
    return {(kind, key): none for key in ids} | {
        (kind, key): part for key, part in zip(found.tolist(), parts, strict=False)
    }
