"""How lists are made of scores: what a generation was built with, and what the environment says."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from django.conf import settings

from apps.recommendations.models import LIST_LENGTH
from services.recommender.pipeline.settings import PipelineSettings
from services.recommender.recency import RecencySettings

from .setting_values import read_values

_THIS_YEAR = "this_year"
_STARS = "stars"
_PIPELINE = {each.name: each.default for each in fields(PipelineSettings)}
_RECENCY = {each.name: each.default for each in fields(RecencySettings)}


@dataclass(frozen=True)
class ListSettings:
    """`this_year` is what the freshness of films counts from."""

    pipeline: PipelineSettings
    recency: RecencySettings
    this_year: int | None = None

    def __post_init__(self) -> None:
        if self.pipeline.limit > LIST_LENGTH:
            raise ValueError(f"limit must be at most {LIST_LENGTH}")

    @classmethod
    def of(cls, values: Mapping[str, Any], *, this_year: int | None = None) -> Self:
        """The defaults but for `values` by name. Raises ValueError for an unknown or bad one."""
        read = read_values(values, {**_PIPELINE, **_RECENCY})
        return cls(
            PipelineSettings(**{name: read[name] for name in read.keys() & _PIPELINE.keys()}),
            RecencySettings(**{name: read[name] for name in read.keys() & _RECENCY.keys()}),
            this_year,
        )

    @classmethod
    def from_environment(cls, *, this_year: int | None = None) -> Self:
        """What the next generation is built with. Raises ValueError."""
        return cls.of(dict(settings.RECOMMENDER_PIPELINE), this_year=this_year)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """What `to_json` gave; a setting that this release has no more counts for nothing."""
        known = {name: stored[name] for name in stored if name in _PIPELINE or name in _RECENCY}
        return cls.of(known, this_year=stored.get(_THIS_YEAR))

    def to_json(self) -> dict[str, Any]:
        return {**self._values(), _THIS_YEAR: self.this_year}

    def _values(self) -> dict[str, Any]:
        pipeline = asdict(self.pipeline)
        pipeline["evidence"] = self.pipeline.evidence.stars
        return {**pipeline, **asdict(self.recency)}

    def changed(self, values: Mapping[str, Any]) -> Self:
        """The same but for `values` by name. Raises ValueError for an unknown or bad one."""
        return self.of(self._values() | dict(values), this_year=self.this_year)

    def of_popularity_alone(self) -> Self:
        return replace(self, pipeline=self.pipeline.of_popularity_alone())

    def without_chance(self) -> Self:
        return replace(self, pipeline=replace(self.pipeline, exploration_rate=0.0))
