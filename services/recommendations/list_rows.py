"""Rankings as rows of RecommendationList."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.recommendations.models import CONTRIBUTORS_PER_ITEM, RecommendationList
from services.recommender.ranking import Ranking, Source

from .copying import Records, record_type

PER_MILLE = 1000

# The recommender's sources and the stored ones: the latter also know trending films.
_STORED_SOURCES = {
    Source.PERSONAL: RecommendationList.Source.PERSONAL,
    Source.SIMILAR: RecommendationList.Source.SIMILAR,
    Source.POPULAR: RecommendationList.Source.POPULAR,
}
_SOURCE_TABLE = np.zeros(max(Source) + 1, np.int16)
for _source, _stored in _STORED_SOURCES.items():
    _SOURCE_TABLE[_source] = _stored

ARRAY_COLUMNS = {
    "movie_ids": "i4",
    "scores": "f4",
    "sources": "i2",
    "because_movie_ids": "i4",
    "because_shares": "i2",
}
STAGED_COLUMNS = ("user_id", "revision", *ARRAY_COLUMNS)
# PostgreSQL's fixed object ids of integer, real and smallint.
_ELEMENT_OIDS = {"i4": 23, "f4": 700, "i2": 21}
_ARRAY_HEADER = 20
_EMPTY_ARRAY_HEADER = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class ListDraft:
    user_id: int
    revision: int
    columns: dict[str, NDArray[Any]]

    @property
    def length(self) -> int:
        return int(self.columns["movie_ids"].size)


def draft_list(*, user_id: int, revision: int, ranking: Ranking) -> ListDraft:
    named = ranking.contributions > 0
    columns = {
        "movie_ids": ranking.item_ids,
        "scores": ranking.scores,
        "sources": _SOURCE_TABLE[ranking.sources],
        "because_movie_ids": np.where(named, ranking.contributors, 0).ravel(),
        "because_shares": _shares(ranking).ravel(),
    }
    return ListDraft(user_id=user_id, revision=revision, columns=columns)


def to_records(drafts: Iterable[ListDraft]) -> list[Records]:
    """Records for `copy_in` in STAGED_COLUMNS' order, one block for each length of list."""
    ordered = sorted(drafts, key=lambda draft: draft.length)
    return [
        _to_block(length, list(group))
        for length, group in groupby(ordered, key=lambda draft: draft.length)
    ]


def _shares(ranking: Ranking) -> NDArray[np.int16]:
    """Each contribution as thousandths of all that speaks for its film."""
    totals = np.maximum(ranking.affinities, ranking.contributions.sum(axis=1))
    parts = ranking.contributions / np.where(totals > 0, totals, 1)[:, None]
    return np.rint(parts * PER_MILLE).astype(np.int16)


def _to_block(length: int, drafts: list[ListDraft]) -> Records:
    records = np.zeros(len(drafts), _block_type(length))
    records["columns"] = len(STAGED_COLUMNS)
    for name in ("user_id", "revision"):
        records[f"{name}_bytes"] = 8
        records[name] = [getattr(draft, name) for draft in drafts]
    for name, kind in ARRAY_COLUMNS.items():
        _fill_array(records[name], kind, [draft.columns[name] for draft in drafts])
    return records


def _block_type(length: int) -> np.dtype[np.void]:
    scalars = record_type([("user_id", "i8"), ("revision", "i8")])
    fields: list[tuple[str, Any]] = [(name, scalars[name]) for name in scalars.names or ()]
    for name, kind in ARRAY_COLUMNS.items():
        fields.append((name, _array_type(kind, _width(name, length))))
    return np.dtype(fields)


def _array_type(kind: str, width: int) -> np.dtype[np.void]:
    """A one-dimensional array value; an empty one has no dimension at all."""
    header = [(name, ">i4") for name in ("bytes", "dimensions", "has_nulls", "element")]
    if not width:
        return np.dtype(header)
    element = np.dtype([("bytes", ">i4"), ("value", f">{kind}")])
    return np.dtype([*header, ("size", ">i4"), ("lower", ">i4"), ("elements", element, (width,))])


def _fill_array(field: NDArray[np.void], kind: str, values: list[NDArray[Any]]) -> None:
    width = values[0].size
    item_bytes = np.dtype(kind).itemsize
    field["element"] = _ELEMENT_OIDS[kind]
    field["bytes"] = _EMPTY_ARRAY_HEADER
    if width:
        field["bytes"] = _ARRAY_HEADER + width * (4 + item_bytes)
        field["dimensions"], field["size"], field["lower"] = 1, width, 1
        field["elements"]["bytes"] = item_bytes
        field["elements"]["value"] = np.stack(values)


def _width(name: str, length: int) -> int:
    return length * CONTRIBUTORS_PER_ITEM if name.startswith("because") else length
