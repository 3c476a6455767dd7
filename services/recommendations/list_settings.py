"""How lists are made of scores: what a generation was built with, and what the environment says."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from django.conf import settings

from apps.recommendations.models import LIST_LENGTH
from services.recommender.pipeline.settings import PipelineSettings
from services.recommender.recency import RecencySettings
from services.recommender.weights import GradeCurve

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
        unknown = sorted(values.keys() - _PIPELINE.keys() - _RECENCY.keys())
        if unknown:
            raise ValueError(f"there is no setting {', '.join(unknown)}")
        read = {name: _read(name, value) for name, value in values.items()}
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


def _read(name: str, value: Any) -> Any:
    default = {**_PIPELINE, **_RECENCY}[name]
    if isinstance(default, GradeCurve):
        return GradeCurve(tuple(_number(name, each) for each in _list(name, value, length=5)))  # type: ignore[arg-type]  # of five
    if isinstance(default, tuple):
        return tuple(_whole_number(name, each) for each in _list(name, value))
    if isinstance(default, int):
        return _whole_number(name, value)
    return None if value is None and name == "half_life" else _number(name, value)


def _list(name: str, value: Any, *, length: int | None = None) -> list[Any]:
    if not isinstance(value, list | tuple) or length not in {None, len(value)}:
        raise ValueError(f"{name} must be a list of {length or 'whole'} numbers")
    return list(value)


def _whole_number(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} must be a whole number")  # noqa: TRY004  # a setting's fault
    return value


def _number(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise ValueError(f"{name} must be a number")
    return float(value)
