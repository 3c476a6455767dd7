"""The pipeline's settings that a variant may change, by name and range.

What they mean stands with the pipeline (docs/ALGORITHM.md), which the web process cannot load; a
test holds this table against it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

_MOST_FILMS = 200
_MOST = 1e6


@dataclass(frozen=True, slots=True)
class Number:
    lowest: float
    highest: float
    is_whole: bool = False
    may_be_null: bool = False

    def read(self, name: str, value: Any) -> float | None:
        """Raises ValueError."""
        if value is None and self.may_be_null:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise ValueError(f"{name} must be a number")  # noqa: TRY004  # a setting's fault
        if not self.lowest <= value <= self.highest:
            raise ValueError(f"{name} must be from {self.lowest:g} to {self.highest:g}")
        if self.is_whole and value != int(value):
            raise ValueError(f"{name} must be a whole number")
        return int(value) if self.is_whole else value


_SHARE = Number(0, 1)
_STRENGTH = Number(-100, 100)
_POSITIVE = Number(1e-3, _MOST)

SETTINGS: Mapping[str, Number] = MappingProxyType(
    {
        "shrinkage": Number(0, _MOST),
        "taste": _SHARE,
        "candidates": Number(1, 2_000, is_whole=True),
        "related": Number(0, _MOST_FILMS, is_whole=True),
        "limit": Number(1, _MOST_FILMS, is_whole=True),
        "popularity_debias": _STRENGTH,
        "debias_evidence": Number(0, _MOST),
        "freshness": _STRENGTH,
        "freshness_half_life": _POSITIVE,
        "diversity": _STRENGTH,
        "calibration": _STRENGTH,
        "calibration_smoothing": _SHARE,
        "depth": Number(0, _MOST_FILMS, is_whole=True),
        "page": Number(1, _MOST_FILMS, is_whole=True),
        "exploration_rate": _SHARE,
        "exploration_pool": Number(0, 1_000, is_whole=True),
        "exploration_temperature": _POSITIVE,
        "uncertainty": _STRENGTH,
        "exploration_seed": Number(0, 2**53, is_whole=True),
        "half_life": Number(1e-3, _MOST, may_be_null=True),
        "floor": _SHARE,
    }
)


def read_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """As the pipeline takes them. Raises ValueError, whose text says what is wrong."""
    unknown = sorted(values.keys() - SETTINGS.keys())
    if unknown:
        names = ", ".join(SETTINGS)
        raise ValueError(f"there is no setting {unknown[0][:60]!a}; the settings are {names}")
    return {name: SETTINGS[name].read(name, value) for name, value in values.items()}
