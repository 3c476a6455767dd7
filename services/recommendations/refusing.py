"""Whether lists that are built may be published without an operator's word."""

from datetime import datetime

from django.conf import settings

from apps.favorites.models import Favorite, Rating
from apps.recommendations.models import Alert, Generation, ModelVersion

from .alerts import raise_alert

# Fewer say little about all, and a small platform's lists change with each rating.
MIN_COMPARED = 20
# Counting stops here.
COUNTED_ROWS = 1_000


def refuse_if_due(generation: Generation, *, at: datetime) -> None:
    """Note what stands against a generation; one that was to publish itself is then kept back.

    The caller holds the row and saves it.
    """
    base = Generation.objects.filter(pk=generation.difference["base_id"])
    compared = base.select_related("model_version").first()
    if compared is None:
        return
    reasons = (_older_data(generation, compared), _too_much_churn(generation, compared))
    generation.refusal = " ".join(filter(None, reasons))
    if generation.refusal and generation.publish:
        generation.publish = False
        _tell_operators(generation, at=at)


def _older_data(generation: Generation, base: Generation) -> str:
    """Rows that are still there, and that the model in use has learned from.

    The highest ids alone would not tell: they go back where viewers take their ratings with them.
    """
    ours, theirs = generation.model_version, base.model_version
    ratings = Rating.objects.filter(pk__gt=ours.highest_rating_id, pk__lte=theirs.highest_rating_id)
    favorites = Favorite.objects.filter(
        pk__gt=ours.highest_favorite_id, pk__lte=theirs.highest_favorite_id
    )
    missed = ratings[:COUNTED_ROWS].count() + favorites[:COUNTED_ROWS].count()
    if not missed:
        return ""
    more = " or more" if missed >= COUNTED_ROWS else ""
    return (
        f"Its {ours} has learned from older data than {theirs}, whose lists are read: "
        f"{missed:,}{more} ratings and favourites are missing; the newest rating is of "
        f"{_told(ours)} instead of {_told(theirs)}."
    )


def _too_much_churn(generation: Generation, base: Generation) -> str:
    churn, most = generation.difference["churn"], settings.RECOMMENDER_MAX_CHURN
    exemption = _exemption(generation, base)
    if exemption:
        generation.difference["churn_exemption"] = exemption
    if churn is None or churn <= most or exemption:
        return ""
    return (
        f"Of the first 20 films of {generation.difference['same_taste']:,} viewers who wrote "
        f"nothing meanwhile, {churn:.1%} are others than in {base}; RECOMMENDER_MAX_CHURN allows "
        f"{most:.1%}."
    )


def _exemption(generation: Generation, base: Generation) -> str:
    """Why churn says nothing here; empty where it does."""
    ours, theirs = generation.model_version.kind, base.model_version.kind
    if ours != theirs:
        return f"Another kind of model ({ours} after {theirs}) makes other lists."
    if generation.difference["same_taste"] < MIN_COMPARED:
        return f"Fewer than {MIN_COMPARED} viewers can be compared."
    return ""


def _tell_operators(generation: Generation, *, at: datetime) -> None:
    raise_alert(
        kind=Alert.Kind.PUBLICATION,
        subject=f"Generation {generation.pk} was built and not published",
        text=f"{generation.refusal}\n\nEverybody goes on reading the lists from before. Look at "
        f"generation {generation.pk} in the admin: publish it there if the change is wanted.",
        at=at,
    )


def _told(version: ModelVersion) -> str:
    moment = version.newest_rating_at
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "an unknown time"
