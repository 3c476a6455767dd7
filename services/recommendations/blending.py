"""Which models a blend is made of, and the blend put together of what the phases left."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from apps.recommendations.models import ModelVersion
from services.leasing import Clock, Lease
from services.recommender.blend import PAIR, Blend, Part, trio
from services.recommender.gram import Gram
from services.recommender.item_model import ItemModel
from services.recommender.local_ridge import assemble
from services.recommender.model import Model, TrainingSet
from services.recommender.nested_arrays import under
from services.recommender.served_model import ServedModel
from services.recommender.user_kernel import UserKernel, UserKernelSettings, fit_user_kernel

from . import factorising, run_arrays, solving
from .cold_movies import read_catalogue_around
from .rating_ranges import ITEM_IDS, read_all

POPULARITY = "popularity"

_KERNEL = "user_kernel"
_WEIGHTS = "weights"


@dataclass(frozen=True)
class KernelLimits:
    """Up to how many users, and users times films, a kernel of users is part of the blend.

    Its system takes 4 bytes for each pair of users, and 4 more for each user and film.
    """

    users: int = UserKernelSettings.max_users
    entries: int = 100_000_000

    def allow(self, *, users: int, items: int) -> bool:
        return users <= self.users and users * items <= self.entries


def choose_parts(limits: KernelLimits, *, users: int, items: int) -> dict[str, dict[str, float]]:
    """The weights of the parts, by their names, as settings of the run."""
    chosen = trio(users) if limits.allow(users=users, items=items) else PAIR
    return {_WEIGHTS: {name: member.weight for name, member in chosen.members.items()}}


def has_kernel(version: ModelVersion) -> bool:
    return _KERNEL in _weights(version)


def fit_kernel(lease: Lease[ModelVersion], version: ModelVersion, *, clock: Clock) -> UserKernel:
    """Raises LeaseLostError."""
    events = read_all(lease, version, clock=clock)
    return fit_user_kernel(TrainingSet(events, graded=True))


def keep_kernel(held: ModelVersion, model: UserKernel) -> None:
    run_arrays.keep(held, under(_KERNEL, model.to_arrays()))


def put_together(version: ModelVersion) -> ServedModel:
    models: dict[str, Model] = {
        "local_ridge": _local_ridge(version),
        "ials": factorising.load_model(version),
    }
    if has_kernel(version):
        models[_KERNEL] = UserKernel.from_arrays(run_arrays.load_under(version, _KERNEL))
    weights = _weights(version)
    parts = [Part(name, model, weights[name]) for name, model in models.items()]
    blend = Blend(parts)
    around = read_catalogue_around(blend.item_ids)
    return ServedModel.of_blend(blend, factorising.load_films(version), around)


def _weights(version: ModelVersion) -> Mapping[str, float]:
    weights: dict[str, float] = version.settings[_WEIGHTS]
    return weights


def _local_ridge(version: ModelVersion) -> ItemModel:
    item_ids, popularity = (run_arrays.load(version, name) for name in (ITEM_IDS, POPULARITY))
    # The assembly does not need the products, which would take gigabytes.
    axis = Gram(item_ids, version.user_count, np.empty((0, 0), np.float32), popularity)
    return assemble(axis, solving.read_blocks(version))
