"""What the gate of a training decided, as a sentence and rows of a table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

POPULARITY, ACTIVE, CANDIDATE = "popularity", "active", "candidate"
PASSED, UNFIT = "passed", "unfit"
# Why there is nothing to decide where an operator says so.
WITHOUT_GATE = "it was asked for without the gate"

_CONTENDERS = {
    POPULARITY: "The most popular films",
    ACTIVE: "The active configuration",
    CANDIDATE: "The candidate",
}


@dataclass(frozen=True)
class GateTold:
    sentence: str
    rows: list[tuple[str, str]]


def told_of(gate: Mapping[str, Any]) -> GateTold:
    if "skipped" in gate:
        return GateTold(f"Not compared: {gate['skipped']}.", [])
    if "outcome" not in gate:
        return GateTold("Not decided.", [])
    return GateTold(f"{_verdict(gate)} {_consequence(gate)}", list(_rows(gate)))


def _verdict(gate: Mapping[str, Any]) -> str:
    if gate["outcome"] == PASSED:
        what = "The candidate passed" if gate["is_changed"] else "The configuration passed"
        return f"{what}."
    if gate["outcome"] == UNFIT:
        return f"The candidate could not be fitted ({gate[UNFIT]})."
    return f"Refused: the candidate {gate['outcome']}."


def _consequence(gate: Mapping[str, Any]) -> str:
    if gate["is_kept_back"]:
        return "Popularity ranks better for certain, so no lists follow by themselves."
    if gate["trained"] == ACTIVE:
        return "The model is trained with the active configuration instead."
    return "The model is trained with it."


def _rows(gate: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    sample = gate["sample"]
    asked = f"{gate['viewers']:,} viewers of {sample['viewers']:,}"
    given = f"{sample['events']:,} ratings and favourites to {sample['films']:,} films"
    yield "Compared on", f"{asked}, who gave {given}"
    yield "Held out", _held_out(gate)
    for name, mean in gate["means"].items():
        yield _CONTENDERS[name], f"{gate['metric']} {mean:.4f}"
    for name, difference in gate.get("differences", {}).items():
        yield f"The candidate less {_CONTENDERS[name].lower()}", _interval(difference)
    if gate["is_changed"]:
        allowed = gate["margin"] * gate["means"][ACTIVE]
        yield "Allowed", f"at most {allowed:.4f} less ({gate['margin']:.1%} of the active one)"
        yield "Changed", "; ".join(_changes(gate[ACTIVE], gate[CANDIDATE]))


def _held_out(gate: Mapping[str, Any]) -> str:
    if gate["held_out_by"] == "random":
        return "a fifth of each viewer's, at random: too few of them have times"
    return f"the later half of what each did from {gate['since']} on"


def _interval(difference: Mapping[str, float]) -> str:
    return "{mean:+.4f}, with 95 % confidence from {low:+.4f} to {high:+.4f}".format(**difference)


def _changes(active: Mapping[str, Any], candidate: Mapping[str, Any]) -> Iterator[str]:
    """Settings that differ, by name: "ials.factors 128 -> 64"."""
    before, after = dict(_leaves(active)), dict(_leaves(candidate))
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield f"{name} {before.get(name, 'as shipped')} -> {after.get(name, 'as shipped')}"


def _leaves(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
