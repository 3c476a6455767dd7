"""What is under way when operators go back: it goes on, but nobody reads it before they say so."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from .actions import CANCELLABLE_GENERATIONS, OPEN_TRAININGS
from .models import Generation, ModelVersion

_TRAINING = {
    ModelVersion.State.REQUESTED: "waits to be trained",
    ModelVersion.State.TRAINING: "is being trained",
}
_BUILDING = {
    Generation.State.REQUESTED: "waits to be built",
    Generation.State.BUILDING: "is being built",
    Generation.State.READY: "is built",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldBack:
    """Trainings and generations that would have published by themselves."""

    versions: tuple[ModelVersion, ...]
    generations: tuple[Generation, ...]

    def sentences(self, *, verb: str = "is") -> Iterator[str]:
        """What each one is doing, that it is or "will be" kept back, and what is left to do."""
        for version in self.versions:
            yield (
                f"Model {version.pk}, which {_TRAINING[ModelVersion.State(version.state)]}, {verb} "
                "kept back: no lists follow it; build them by hand."
            )
        for generation in self.generations:
            yield (
                f"Generation {generation.pk}, which "
                f"{_BUILDING[Generation.State(generation.state)]}, {verb} kept back: publish "
                "it by hand."
            )

    def names(self) -> str:
        """For the audit trail; empty if there is nothing."""
        return ", ".join(str(row) for row in (*self.versions, *self.generations))


def publishing_themselves() -> HeldBack:
    """What a roll-back would hold back now."""
    return HeldBack(versions=tuple(_versions()), generations=tuple(_generations()))


def hold_back() -> HeldBack:
    """Let nothing that is under way publish by itself. The caller holds the active generation.

    Models come first: a training that ends meanwhile has asked for its generation by the time its
    row is free, and the look for generations, which comes after that, finds it.
    """
    versions = tuple(_versions().select_for_update(no_key=True))
    ModelVersion.objects.filter(pk__in=[row.pk for row in versions]).update(publish=False)
    generations = tuple(_generations().select_for_update(no_key=True))
    Generation.objects.filter(pk__in=[row.pk for row in generations]).update(publish=False)
    return HeldBack(versions=versions, generations=generations)


def _versions() -> QuerySet[ModelVersion]:
    rows = ModelVersion.objects.filter(state__in=OPEN_TRAININGS, publish=True)
    return rows.defer("arrays", "configuration", "gate", "settings").order_by("pk")


def _generations() -> QuerySet[Generation]:
    rows = Generation.objects.filter(state__in=CANCELLABLE_GENERATIONS, publish=True)
    return rows.defer("popular_movie_ids", "popular_sources").order_by("pk")
