"""Settings by name as somebody wrote them into JSON: each of the kind that its default is of."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from services.recommender.weights import GradeCurve


def read_values(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """`values` as the settings hold them. Raises ValueError for an unknown or bad one."""
    refuse_unknown(values, defaults)
    return {name: _read(name, value, defaults[name]) for name, value in values.items()}


def refuse_unknown(values: Iterable[str], known: Iterable[str]) -> None:
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ValueError(f"there is no setting {', '.join(unknown)}")


def read_number(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise ValueError(f"{name} must be a number")
    return float(value)


def _read(name: str, value: Any, default: Any) -> Any:
    if isinstance(default, GradeCurve):
        return GradeCurve(tuple(read_number(name, each) for each in _list(name, value, length=5)))  # type: ignore[arg-type]  # of five
    if isinstance(default, tuple):
        return tuple(_whole_number(name, each) for each in _list(name, value))
    if isinstance(default, int):
        return _whole_number(name, value)
    return None if value is None and default is None else read_number(name, value)


def _list(name: str, value: Any, *, length: int | None = None) -> list[Any]:
    if not isinstance(value, list | tuple) or length not in {None, len(value)}:
        raise ValueError(f"{name} must be a list of {length or 'whole'} numbers")
    return list(value)


def _whole_number(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} must be a whole number")  # noqa: TRY004  # a setting's fault
    return value
