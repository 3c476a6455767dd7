"""What a generation's lists differ in from those that were read when it was begun.

Each shard compares its own lists and keeps sums; the generation adds them up:

    base_id         the generation that was active, null for none
    compared        viewers with a list in both
    overlap         mean share of common films in the first PLACES
    same_taste      those of them who wrote nothing between the two lists, and whom no experiment
                    gives lists of other settings than before
    churn           1 - overlap of these: what changed without any viewer's doing
    lists           count, films (distinct ones in the first PLACES of all), film_share (of those of
                    the model), fallback_share (of places that neither taste nor chance speaks for)
                    and unpersonal_share (of lists without any place that taste speaks for)
    base_lists      the same of the base when it was built, null where nobody noted it
    churn_exemption why churn keeps nothing back; not there where it may (`refusing` adds it)
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.recommendations.models import ActiveGeneration, Generation, GenerationShard
from services.recommender.arrays import BoolArray, IntArray
from services.recommender.first_places import NOTHING, first_places, overlaps
from services.recommender.pipeline.sources import BACKED, Source
from services.recommender.served_model import ServedModel

from .copying import array_type, copy_out_records, record_type
from .list_rows import ListDraft
from .loading import UserRange
from .recipes import Recipe

PLACES = 20
# Enough digits to tell one place in a million.
_DIGITS = 8

# Padded to one length, so that a row is a record of fixed width.
_NEWEST_OF_BASE = f"""
    SELECT user_id, revision, COALESCE(variant_id, 0)::bigint,
        (movie_ids[1:{PLACES}] || array_fill(0, ARRAY[{PLACES}]))[1:{PLACES}]
    FROM (
        SELECT DISTINCT ON (user_id) user_id, revision, variant_id, movie_ids
        FROM recommendations_recommendationlist
        WHERE generation_id = %s AND user_id BETWEEN %s AND %s
        ORDER BY user_id, id DESC
    ) AS newest
"""  # noqa: S608  # a constant of this module
_SCALARS = record_type([("user_id", "i8"), ("revision", "i8"), ("variant_id", "i8")])
_RECORD = np.dtype([*_SCALARS.descr, ("movie_ids", array_type("i4", PLACES))])


@dataclass(frozen=True)
class Heads:
    """The beginnings of lists of viewers with ascending ids, one row of `movie_ids` for each."""

    user_ids: IntArray
    revisions: IntArray
    variant_ids: IntArray
    movie_ids: IntArray


@dataclass(frozen=True, kw_only=True)
class ShardDifference:
    sums: dict[str, float]
    films_shown: bytes


def begin() -> dict[str, Any]:
    """With what the shards are to compare themselves."""
    active = ActiveGeneration.objects.filter(pk=ActiveGeneration.ROW_ID)
    return {"base_id": active.values_list("generation_id", flat=True).first()}


def of_shard(
    drafts: Sequence[ListDraft], generation: Generation, *, users: UserRange, model: ServedModel
) -> ShardDifference:
    heads = _heads(drafts)
    sums = {**_count_sources(drafts), **_compare(heads, _read_base(generation, users), generation)}
    columns, is_known = model.locate(heads.movie_ids[heads.movie_ids != NOTHING])
    shown = np.zeros(model.item_ids.size, bool)
    shown[columns[is_known]] = True
    return ShardDifference(sums=sums, films_shown=np.packbits(shown).tobytes())


def add_up(generation: Generation, shards: Iterable[GenerationShard]) -> dict[str, Any]:
    """The difference of a generation all of whose shards are done; their bits are dropped."""
    total: Counter[str] = Counter()
    for shard in shards:
        total.update(shard.difference)
    base_id = generation.difference.get("base_id")
    return {
        "base_id": base_id,
        "compared": int(total["compared"]),
        "overlap": _mean(total["overlap"], total["compared"]),
        "same_taste": int(total["same_taste"]),
        "churn": _mean(total["churn"], total["same_taste"]),
        "lists": _lists(total, films=_take_films(generation), known=_film_count(generation)),
        "base_lists": _lists_of_base(base_id),
    }


def _heads(drafts: Sequence[ListDraft]) -> Heads:
    ordered = sorted(drafts, key=lambda draft: draft.user_id)
    return Heads(
        np.array([draft.user_id for draft in ordered], np.int64),
        np.array([draft.revision for draft in ordered], np.int64),
        np.array([draft.variant_id for draft in ordered], np.int64),
        first_places([draft.columns["movie_ids"] for draft in ordered], places=PLACES),
    )


def _read_base(generation: Generation, users: UserRange) -> Heads:
    parameters = [generation.difference.get("base_id"), users.first, users.last]
    records = copy_out_records(_NEWEST_OF_BASE, parameters, _RECORD)
    return Heads(
        records["user_id"].astype(np.int64),
        records["revision"].astype(np.int64),
        records["variant_id"].astype(np.int64),
        records["movie_ids"]["elements"]["value"].astype(np.int32),
    )


def _count_sources(drafts: Sequence[ListDraft]) -> dict[str, float]:
    sources = first_places([draft.columns["sources"] for draft in drafts], places=PLACES)
    is_filled = sources != NOTHING
    is_backed = np.isin(sources, BACKED)
    return {
        "lists": len(drafts),
        "places": int(is_filled.sum()),
        "fallback_places": int((is_filled & ~is_backed & (sources != Source.EXPLORED)).sum()),
        "unpersonal_lists": int((~is_backed.any(axis=1)).sum()),
    }


def _compare(made: Heads, base: Heads, generation: Generation) -> dict[str, float]:
    _, ours, theirs = np.intersect1d(
        made.user_ids, base.user_ids, assume_unique=True, return_indices=True
    )
    shares = overlaps(made.movie_ids[ours], base.movie_ids[theirs])
    is_filled = ~np.isnan(shares)
    is_same = is_filled & (made.revisions[ours] == base.revisions[theirs])
    is_same &= _are_alike(made.variant_ids[ours], base.variant_ids[theirs], generation)
    return {
        "compared": int(is_filled.sum()),
        "overlap": float(shares[is_filled].sum()),
        "same_taste": int(is_same.sum()),
        "churn": float((1 - shares[is_same]).sum()),
    }


def _are_alike(ours: IntArray, theirs: IntArray, generation: Generation) -> BoolArray:
    """Whether both lists of each viewer were made as one variant, or as two of equal settings.

    What an experiment changes by its start or its end is meant to change.
    """
    alike: BoolArray = ours == theirs
    moved = np.unique(np.stack([ours, theirs], axis=1)[~alike], axis=0)
    if not moved.size:
        return alike
    base = Generation.objects.get(pk=generation.difference["base_id"])
    now, before = (Recipe.of(each) for each in (generation, base))
    for variant, earlier in moved.tolist():
        if now.settings_of(variant) == before.settings_of(earlier):
            alike |= (ours == variant) & (theirs == earlier)
    return alike


def _take_films(generation: Generation) -> int:
    """How many distinct films the shards have shown; what tells it is not needed any more."""
    shown = np.zeros(0, np.uint8)
    for bits in generation.shards.values_list("films_shown", flat=True).iterator():
        of_shard = np.frombuffer(bits, np.uint8)
        shown = of_shard if not shown.size else shown | of_shard
    generation.shards.update(films_shown=b"")
    return int(np.unpackbits(shown).sum())


def _film_count(generation: Generation) -> int:
    return generation.model_version.item_count


def _lists(total: Mapping[str, float], *, films: int, known: int) -> dict[str, Any]:
    return {
        "count": int(total["lists"]),
        "films": films,
        "film_share": _mean(films, known),
        "fallback_share": _mean(total["fallback_places"], total["places"]),
        "unpersonal_share": _mean(total["unpersonal_lists"], total["lists"]),
    }


def _lists_of_base(base_id: int | None) -> dict[str, Any] | None:
    if base_id is None:
        return None
    noted = Generation.objects.filter(pk=base_id).values_list("difference", flat=True).first()
    return (noted or {}).get("lists")


def _mean(total: float, count: float) -> float | None:
    return round(total / count, _DIGITS) if count else None
