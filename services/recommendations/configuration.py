"""What a model is trained and its lists are made with: one thing to compare and to store."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from apps.recommendations.models import ActiveGeneration, Generation, ModelVersion

from .list_settings import ListSettings
from .model_settings import ModelSettings

_MODEL, _PIPELINE, _THIS_YEAR = "model", "pipeline", "this_year"


@dataclass(frozen=True)
class Configuration:
    """Two are equal where they would make the same lists of the same events in the same year."""

    model: ModelSettings
    lists: ListSettings

    @classmethod
    def from_environment(cls) -> Self:
        """What the next model is trained with. Raises ValueError."""
        return cls(ModelSettings.from_environment(), ListSettings.from_environment())

    @classmethod
    def of_version(cls, version: ModelVersion) -> Self:
        """What a version was or is trained with, and its generations are built with.

        One of an older release has the defaults, and the environment makes its lists.
        """
        if not version.configuration:
            return cls(ModelSettings(), ListSettings.from_environment())
        return cls.from_json(version.configuration)

    @classmethod
    def of_generation(cls, generation: Generation) -> Self:
        """What made the lists that are read: its own pipeline, whatever its version says."""
        model = ModelSettings.from_json(generation.model_version.configuration.get(_MODEL, {}))
        lists = ListSettings.from_json(generation.pipeline)
        return cls(model, replace(lists, this_year=None))

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """What `to_json` gave, also in another release."""
        return cls(
            ModelSettings.from_json(stored[_MODEL]), ListSettings.from_json(stored[_PIPELINE])
        )

    def to_json(self) -> dict[str, Any]:
        pipeline = self.lists.to_json()
        del pipeline[_THIS_YEAR]
        return {_MODEL: self.model.to_json(), _PIPELINE: pipeline}


def active_generation() -> Generation | None:
    """The generation that is read, with its model version."""
    active = ActiveGeneration.objects.filter(generation__isnull=False)
    row = active.select_related("generation__model_version").first()
    return None if row is None else row.generation
