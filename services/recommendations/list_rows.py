"""Lists of the pipeline as rows of RecommendationList."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.recommendations.models import SHARE_UNIT
from services.recommender.arrays import IntArray
from services.recommender.pipeline.candidates import NOTHING
from services.recommender.pipeline.ranking import RankedBlock, ScoredViewers
from services.recommender.pipeline.reasons import Reasons
from services.recommender.pipeline.settings import PipelineSettings

from .copying import Records, array_type, record_type

ARRAY_COLUMNS = {
    "movie_ids": "i4",
    "scores": "f4",
    "sources": "i2",
    "because_movie_ids": "i4",
    "because_shares": "i2",
    "propensities": "f4",
}
SCALAR_COLUMNS = ("user_id", "revision", "variant_id")
STAGED_COLUMNS = (*SCALAR_COLUMNS, *ARRAY_COLUMNS)
# PostgreSQL's fixed object ids of integer, real and smallint.
_ELEMENT_OIDS = {"i4": 23, "f4": 700, "i2": 21}
_ARRAY_HEADER = 20
_EMPTY_ARRAY_HEADER = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class ListDraft:
    """`variant_id` is 0 for a list that no variant had a part in."""

    user_id: int
    revision: int
    columns: dict[str, NDArray[Any]]
    variant_id: int = 0


def to_drafts(
    scored: ScoredViewers,
    ranked: RankedBlock,
    reasons: Reasons,
    *,
    item_ids: IntArray,
    uncertain: int,
) -> list[ListDraft]:
    """A row for each viewer; only the first `uncertain` places keep how probable they were."""
    named = reasons.contributions > 0
    columns = {
        "movie_ids": item_ids[np.maximum(ranked.items, 0)],
        "scores": ranked.scores,
        "sources": ranked.sources.astype(np.int16),
        "because_movie_ids": np.where(named, item_ids[np.maximum(reasons.contributors, 0)], 0),
        "because_shares": _shares(reasons),
        "propensities": ranked.propensities[:, :uncertain],
    }
    lengths = (ranked.items != NOTHING).sum(axis=1)
    return [
        ListDraft(
            user_id=user_id,
            revision=revision,
            columns={name: column[row, :length].ravel() for name, column in columns.items()},
        )
        for row, (user_id, revision, length) in enumerate(
            zip(scored.user_ids.tolist(), scored.revisions.tolist(), lengths.tolist(), strict=True)
        )
    ]


def uncertain_places(settings: PipelineSettings) -> int:
    """The first places that chance has a say in; all films after them stand there for certain."""
    if not settings.exploration_rate or not settings.exploration_places:
        return 0
    return min(settings.exploration_places[-1] + 1, settings.limit)


def to_records(drafts: Iterable[ListDraft]) -> list[Records]:
    """Records for `copy_in` in STAGED_COLUMNS' order, one block for each length of list."""
    ordered = sorted(drafts, key=_widths)
    return [_to_block(widths, list(group)) for widths, group in groupby(ordered, key=_widths)]


def _widths(draft: ListDraft) -> tuple[int, ...]:
    return tuple(draft.columns[name].size for name in ARRAY_COLUMNS)


def _shares(reasons: Reasons) -> NDArray[np.int16]:
    """Each contribution as thousandths of all that speaks for its film."""
    totals = np.where(reasons.totals > 0, reasons.totals, 1)[:, :, None]
    return np.rint(reasons.contributions / totals * SHARE_UNIT).astype(np.int16)


def _to_block(widths: tuple[int, ...], drafts: list[ListDraft]) -> Records:
    records = np.zeros(len(drafts), _block_type(widths))
    records["columns"] = len(STAGED_COLUMNS)
    for name in SCALAR_COLUMNS:
        records[f"{name}_bytes"] = 8
        records[name] = [getattr(draft, name) for draft in drafts]
    for name, kind in ARRAY_COLUMNS.items():
        _fill_array(records[name], kind, [draft.columns[name] for draft in drafts])
    return records


def _block_type(widths: tuple[int, ...]) -> np.dtype[np.void]:
    scalars = record_type([(name, "i8") for name in SCALAR_COLUMNS])
    fields: list[tuple[str, Any]] = [(name, scalars[name]) for name in scalars.names or ()]
    for (name, kind), width in zip(ARRAY_COLUMNS.items(), widths, strict=True):
        fields.append((name, array_type(kind, width)))
    return np.dtype(fields)


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
