"""Which models a blend is made of, and the blend put together of what the phases left."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from apps.recommendations.models import ModelVersion
from services.leasing import Clock, Lease
from services.recommender.blend import Blend, Part
from services.recommender.gram import Gram
from services.recommender.item_model import ItemModel
from services.recommender.local_ridge import assemble
from services.recommender.model import Model, TrainingSet
from services.recommender.nested_arrays import under
from services.recommender.served_model import ServedModel
from services.recommender.user_kernel import UserKernel, UserKernelSettings, fit_user_kernel

from . import factorising, run_arrays, solving
from .cold_movies import read_catalogue_around
from .configuration import Configuration
from .model_settings import IALS, LOCAL_RIDGE, PARTS, USER_KERNEL, ModelSettings
from .rating_ranges import ITEM_IDS, read_all

POPULARITY = "popularity"

_WEIGHTS, _WITH_KERNEL = "weights", "with_kernel"


@dataclass(frozen=True)
class KernelLimits:
    """Up to how many users, and users times films, a kernel of users is part of the blend.

    Its system takes 4 bytes for each pair of users, and 4 more for each user and film.
    """

    users: int = UserKernelSettings.max_users
    entries: int = 100_000_000

    def allow(self, *, users: int, items: int) -> bool:
        return users <= self.users and users * items <= self.entries


def choose_parts(held: ModelVersion) -> None:
    """The weights of the parts as settings of the run, on a row that the caller saves."""
    weights = parts_of(Configuration.of_version(held).model, held)
    held.settings = {**held.settings, _WEIGHTS: weights}
    held.epoch_count = Configuration.of_version(held).model.ials.epochs if IALS in weights else 0


def allow_kernel(held: ModelVersion, limits: KernelLimits) -> None:
    """Note whether there may be one, on a row that the caller saves."""
    is_allowed = limits.allow(users=held.user_count, items=held.item_count)
    held.settings = {**held.settings, _WITH_KERNEL: is_allowed}


def parts_of(model: ModelSettings, version: ModelVersion) -> dict[str, float]:
    """What each part weighs in a blend for as many users and films as the version has."""
    with_kernel = version.settings[_WITH_KERNEL]
    return model.weights_for(users=version.user_count, with_kernel=with_kernel)


def has_factors(version: ModelVersion) -> bool:
    return IALS in _weights(version)


def has_kernel(version: ModelVersion) -> bool:
    return USER_KERNEL in _weights(version)


def fit_kernel(lease: Lease[ModelVersion], version: ModelVersion, *, clock: Clock) -> UserKernel:
    """Raises LeaseLostError."""
    events = read_all(lease, version, clock=clock)
    chosen = Configuration.of_version(version).model.user_kernel
    return fit_user_kernel(TrainingSet(events, graded=True), chosen)


def keep_kernel(held: ModelVersion, model: UserKernel) -> None:
    run_arrays.keep(held, under(USER_KERNEL, model.to_arrays()))


def put_together(version: ModelVersion) -> ServedModel:
    weights = _weights(version)
    # JSON of PostgreSQL keeps no order, and explanations tell of the parts in theirs.
    parts = [name for name in PARTS if name in weights]
    blend = Blend([Part(name, _LOADED[name](version), weights[name]) for name in parts])
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


def _user_kernel(version: ModelVersion) -> UserKernel:
    return UserKernel.from_arrays(run_arrays.load_under(version, USER_KERNEL))


_LOADED: Mapping[str, Callable[[ModelVersion], Model]] = {
    LOCAL_RIDGE: _local_ridge,
    IALS: factorising.load_model,
    USER_KERNEL: _user_kernel,
}
