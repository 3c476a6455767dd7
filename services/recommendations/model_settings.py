"""What the parts of a blend are fitted with, and what each weighs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any, Self, TypeVar

from django.conf import settings

from services.recommender import ials, local_ridge, user_kernel
from services.recommender.blend import PAIR, BlendSettings, Member, fit_blend, trio
from services.recommender.ials import IALSSettings
from services.recommender.local_ridge import LocalRidgeSettings
from services.recommender.model import Fit
from services.recommender.user_kernel import UserKernelSettings, fit_user_kernel
from services.recommender.weights import GradeCurve

from .setting_values import read_number, read_values, refuse_unknown

LOCAL_RIDGE, IALS, USER_KERNEL = "local_ridge", "ials", "user_kernel"
PARTS = (LOCAL_RIDGE, IALS, USER_KERNEL)

_WEIGHTS = "weights"
# How many users a kernel takes is a matter of memory, and whose factors it compares its own.
_NOT_CHOSEN = ("latent", "max_users")
_MAY_BE_ZERO = (
    *("popularity_exponent", "selection_shrinkage", "weight_floor"),
    *("frequency_exponent", "seed", "shrinkage"),
)

AnySettings = TypeVar("AnySettings", LocalRidgeSettings, IALSSettings, UserKernelSettings)


@dataclass(frozen=True)
class ModelSettings:
    """`weights` by part; empty for those that suit the number of users. A part of 0 is left out."""

    weights: Mapping[str, float] = field(default_factory=dict)
    local_ridge: LocalRidgeSettings = local_ridge.GRADED.solving
    ials: IALSSettings = ials.GRADED
    user_kernel: UserKernelSettings = user_kernel.GRADED

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """The defaults but for `values`. Raises ValueError for an unknown or bad one."""
        refuse_unknown(values, (_WEIGHTS, *PARTS))
        return cls(
            weights=_read_weights(_object(_WEIGHTS, values)),
            local_ridge=_read_part(LOCAL_RIDGE, values, local_ridge.GRADED.solving),
            ials=_read_part(IALS, values, ials.GRADED),
            user_kernel=_read_part(USER_KERNEL, values, user_kernel.GRADED),
        )

    @classmethod
    def from_environment(cls) -> Self:
        """What the next model is trained with. Raises ValueError."""
        return cls.of(dict(settings.RECOMMENDER_MODEL))

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """What `to_json` gave; a setting that this release has no more counts for nothing."""
        known = cls().to_json()
        kept = {
            part: {name: value for name, value in stored[part].items() if name in known[part]}
            for part in PARTS
            if part in stored
        }
        weights = stored.get(_WEIGHTS, {})
        return cls.of(
            {**kept, _WEIGHTS: {name: weights[name] for name in PARTS if name in weights}}
        )

    def to_json(self) -> dict[str, Any]:
        return {
            _WEIGHTS: dict(self.weights),
            LOCAL_RIDGE: _to_json(self.local_ridge),
            IALS: _to_json(self.ials),
            USER_KERNEL: _to_json(self.user_kernel),
        }

    def weights_for(self, *, users: int, with_kernel: bool) -> dict[str, float]:
        """What each part of the blend weighs, for so many users; a kernel has to be possible."""
        if not self.weights:
            chosen = trio(users) if with_kernel else PAIR
            return {name: member.weight for name, member in chosen.members.items()}
        return {
            name: weight
            for name, weight in self.weights.items()
            if weight and (with_kernel or name != USER_KERNEL)
        }

    def fit(self, weights: Mapping[str, float]) -> Fit:
        """A blend of these parts, all of them fitted in one go."""
        fits: dict[str, Fit] = {
            LOCAL_RIDGE: partial(
                local_ridge.fit, settings=replace(local_ridge.GRADED, solving=self.local_ridge)
            ),
            IALS: partial(ials.fit, settings=self.ials),
            USER_KERNEL: partial(fit_user_kernel, settings=self.user_kernel),
        }
        members = {name: Member(fits[name], weight) for name, weight in weights.items()}
        return partial(fit_blend, settings=BlendSettings(members))


def _object(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    value = values.get(name, {})
    if not isinstance(value, dict):
        raise ValueError(f"{name} must be an object of settings")  # noqa: TRY004  # a setting's fault
    return value


def _read_weights(values: Mapping[str, Any]) -> dict[str, float]:
    refuse_unknown(values, PARTS)
    weights = {name: read_number(name, values[name]) for name in PARTS if name in values}
    if any(weight < 0 for weight in weights.values()):
        raise ValueError("no part may weigh less than 0")
    if weights and not weights.get(LOCAL_RIDGE):
        raise ValueError(f"{LOCAL_RIDGE} must weigh something, because reasons are made of it")
    return weights


def _read_part(part: str, values: Mapping[str, Any], defaults: AnySettings) -> AnySettings:
    known = _chosen(defaults)
    try:
        read = read_values(_object(part, values), known)
    except ValueError as error:
        raise ValueError(f"{part}: {error}") from error
    for name, value in read.items():
        if isinstance(value, GradeCurve):
            continue
        if value < 0 or (value == 0 and name not in _MAY_BE_ZERO):
            raise ValueError(f"{part}: {name} must be greater than 0")
    return replace(defaults, **read)


def _to_json(chosen: AnySettings) -> dict[str, Any]:
    return {
        name: list(value.stars) if isinstance(value, GradeCurve) else value
        for name, value in _chosen(chosen).items()
    }


def _chosen(part: AnySettings) -> dict[str, Any]:
    """The settings that may be chosen, by name."""
    names = (each.name for each in fields(part))
    return {name: getattr(part, name) for name in names if name not in _NOT_CHOSEN}
