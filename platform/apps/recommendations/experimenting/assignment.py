"""Which variant a viewer reads: a function of the salt and the viewer, the same everywhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Self

# Shares are in thousandths of all viewers.
PLACES = 1000


@dataclass(frozen=True, slots=True)
class Arm:
    """A variant as a generation remembers it; `settings` are those of its lists, all of them."""

    variant_id: int
    share: int
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Arms take their shares of the places one after the other, and leave the rest outside.

    So an arm that grows at the end, or comes after it, moves nobody of the arms before it; the same
    salt in another experiment leaves everybody at the same place.
    """

    salt: str
    arms: tuple[Arm, ...]

    def arm_of(self, user_id: int) -> Arm | None:
        """None for a viewer outside, who reads the usual list."""
        end, place = 0, place_of(self.salt, user_id)
        for arm in self.arms:
            end += arm.share
            if place < end:
                return arm
        return None

    def to_json(self) -> dict[str, Any]:
        arms = [
            {"variant": arm.variant_id, "share": arm.share, "settings": dict(arm.settings)}
            for arm in self.arms
        ]
        return {"salt": self.salt, "arms": arms}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self | None:
        """None of a generation that no experiment had a part in."""
        if not stored:
            return None
        return cls(stored["salt"], tuple(_arms(stored["arms"])))


def place_of(salt: str, user_id: int) -> int:
    """From 0 to PLACES - 1, uniform over viewers, and independent of any other salt's."""
    digest = sha256(f"{salt}:{user_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % PLACES


def _arms(stored: Iterable[Mapping[str, Any]]) -> Iterable[Arm]:
    return (Arm(arm["variant"], arm["share"], arm["settings"]) for arm in stored)
