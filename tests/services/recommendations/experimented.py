"""Viewers of an experiment, and what they did with what they were shown."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from apps.recommendations.models import Experiment, Impression, Variant
from apps.users.models import User
from tests.apps.experimenting.experiments import NOON

HOUR = timedelta(hours=1)


def make_viewers(count: int) -> list[User]:
    """Without the slow hash of a password that nobody uses."""
    first = User.objects.count()
    accounts = (User(email=f"shown{first + n}@example.com") for n in range(count))
    return User.objects.bulk_create(accounts)


def impression(user: User, variant: Variant, movie_id: int, **fields: object) -> Impression:
    shown = {"surface": "list", "list_id": variant.pk, "shown_at": NOON + HOUR}
    return Impression(user=user, variant_id=variant.pk, movie_id=movie_id, **shown | fields)


def show(variant: Variant, clicks: Sequence[int], *, films: int = 20) -> list[User]:
    """A viewer for each number, shown as many films and clicking so many of them."""
    viewers = make_viewers(len(clicks))
    Impression.objects.bulk_create(_shown(variant, viewers, clicks, films))
    return viewers


def variants_of(experiment: Experiment) -> dict[str, Variant]:
    return {variant.name: variant for variant in experiment.variants.all()}


def _shown(
    variant: Variant, viewers: Sequence[User], clicks: Sequence[int], films: int
) -> Iterator[Impression]:
    for viewer, clicked in zip(viewers, clicks, strict=True):
        for movie_id in range(1, films + 1):
            at = NOON + 2 * HOUR if movie_id <= clicked else None
            yield impression(viewer, variant, movie_id, clicked_at=at)
