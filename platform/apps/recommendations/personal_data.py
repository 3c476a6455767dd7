"""What this app keeps of an account, for its owner."""

from collections.abc import Iterator
from typing import Any

from apps.core.personal_data import CHUNK_ROWS
from apps.users.models import User

from .models import (
    CONTRIBUTORS_PER_ITEM,
    SHARE_UNIT,
    Explanation,
    Impression,
    OnboardingSkip,
    Questions,
    RecommendationList,
)

IMPRESSION_FIELDS = (
    *("id", "list_id", "generation_id", "model_version_id", "variant_id", "movie_id"),
    *("position", "source", "score", "propensity", "surface", "row", "shown_at", "clicked_at"),
)
# A list has some 200 positions.
_CHUNK_LISTS = CHUNK_ROWS // 100


def lists_of(user_id: int) -> Iterator[dict[str, Any]]:
    lists = RecommendationList.objects.for_user(User(pk=user_id)).newest()
    for row in lists.iterator(_CHUNK_LISTS):
        yield {
            "id": row.pk,
            "generation_id": row.generation_id,
            "variant_id": row.variant_id,
            "revision": row.revision,
            "created_at": row.created_at,
            "written_at": row.written_at,
            "results": list(_items(row)),
        }


def explanations_of(user_id: int) -> Iterator[dict[str, Any]]:
    """Whatever was asked about the account's lists, also by operators."""
    rows = Explanation.objects.filter(list__user=user_id).order_by("pk")
    columns = ("id", "list_id", "movie_id", "kind", "asked_at", "computed_at", "body")
    yield from rows.values(*columns).iterator(CHUNK_ROWS)


def impressions_of(user_id: int) -> Iterator[dict[str, Any]]:
    rows = Impression.objects.for_user(User(pk=user_id)).oldest_first()
    for row in rows.values(*IMPRESSION_FIELDS).iterator(CHUNK_ROWS):
        source = row["source"]
        yield row | {"source": source and RecommendationList.Source(source).label}


def questions_of(user_id: int) -> Iterator[dict[str, Any]]:
    """What the account would be asked about next."""
    rows = Questions.objects.filter(user=user_id)
    for row in rows.values("revision", "movie_ids", "chosen_at"):
        yield {**row}


def onboarding_skips_of(user_id: int) -> Iterator[dict[str, Any]]:
    skips = OnboardingSkip.objects.for_user(User(pk=user_id)).order_by("pk")
    for row in skips.values("id", "movie_id", "created_at").iterator(CHUNK_ROWS):
        yield {**row}


def _items(row: RecommendationList) -> Iterator[dict[str, Any]]:
    reasons = list(zip(row.because_movie_ids, row.because_shares, strict=True))
    positions = zip(row.movie_ids, row.scores, row.sources, strict=True)
    for number, (movie_id, score, source) in enumerate(positions):
        start = number * CONTRIBUTORS_PER_ITEM
        yield {
            "movie_id": movie_id,
            "score": score,
            "source": RecommendationList.Source(source).label,
            "propensity": row.propensities[number] if number < len(row.propensities) else 1.0,
            "because": [
                {"movie_id": because, "contribution": share / SHARE_UNIT}
                for because, share in reasons[start : start + CONTRIBUTORS_PER_ITEM]
                if because
            ],
        }
