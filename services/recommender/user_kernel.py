"""User kernel ridge: films are predicted from how alike the viewer and each training user are.

Kernel ridge regression (Saunders et al. 1998) of all films at once on an exponential kernel of the
users' profiles: a nonlinear relative of user-user collaborative filtering. Training is cubic in
the users, which is why it serves small populations only. Formulas: docs/ALGORITHM.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.linalg import lapack

from services.recommender import curves
from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.model import Explanation, TrainingSet
from services.recommender.overlaps import Overlaps, shortened
from services.recommender.scaling import popularity_discount
from services.recommender.viewers import Viewers
from services.recommender.weights import TRAINING, UNARY, GradeCurve

# Viewers, and films, held dense at once: 256 x 10,000 training users in float32 are 10 MB.
_BLOCK = 256


class TooManyUsersError(ValueError):
    """More training users than the settings allow; another model has to be trained."""


@dataclass(frozen=True)
class UserKernelSettings:
    """`profile` weighs what a user did when users are compared, `target` when films are predicted.

    A profile p is shortened to p / sqrt(|p|² + `shrinkage`), so that a short one is like nobody;
    the kernel is exp(cosine / `bandwidth`), its ridge `ridge`. The scores of film j are multiplied
    by (d_j / mean d) ** -`popularity_discount`, d_j being its events. At `max_users` the kernel
    matrix takes 400 MB, and the model 40 kB for each film.
    """

    profile: GradeCurve = UNARY
    target: GradeCurve = UNARY
    shrinkage: float = 10.0
    bandwidth: float = 0.25
    ridge: float = 10.0
    popularity_discount: float = 0.0
    max_users: int = 10_000


BINARY = UserKernelSettings()
GRADED = UserKernelSettings(
    profile=TRAINING,
    target=GradeCurve((0.05, 0.15, 0.4, 0.8, 1.0)),
    shrinkage=5.0,
    bandwidth=0.2,
    ridge=20.0,
)


@dataclass(frozen=True, eq=False)
class UserKernel:
    """`profiles` float32[users, items] of unit length or less; `duals` float32[items, users].

    The score of film j is sum over users u of exp(a·profiles[u] / bandwidth) · duals[j, u], with
    the viewer's own profile a = p / sqrt(|p|² + shrinkage), p being `curve` of their scores.
    """

    item_ids: IntArray
    profiles: SparseArray
    duals: FloatArray
    curve: GradeCurve
    shrinkage: float
    bandwidth: float

    def scores(self, viewers: Viewers) -> FloatArray:
        """float32[viewers, items]."""
        scores = np.empty((len(viewers), self.item_ids.size), np.float32)
        for start in range(0, len(viewers), _BLOCK):
            block = viewers.rows(start, min(start + _BLOCK, len(viewers)))
            kernel = _kernel(self._overlaps, self._profile(block), self.bandwidth)
            np.matmul(kernel, self.duals.T, out=scores[start : start + _BLOCK])
        return scores

    def explain(self, viewer: Viewers, items: IntArray) -> Explanation:
        """What a user adds beyond the empty profile is shared by the films that make them alike.

        Each film of the profile gets its part of the inner product. The same shares are the
        integral of the score's gradient while all weights grow from 0 (Sundararajan et al. 2017).
        """
        profile = self._profile(viewer)
        weights = profile.data.astype(np.float64)
        shared = self.profiles[:, profile.indices].astype(np.float64)
        alike = np.asarray(shared @ weights)
        growth = np.expm1(alike / self.bandwidth) / np.where(alike > 0, alike, 1)
        duals = self.duals[items].astype(np.float64)
        contributions = np.asarray(shared.T @ (duals * growth).T).T * weights
        constants = {"empty_profile": duals.sum(axis=1)}
        return Explanation(items, profile.indices, contributions, constants)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        return {
            "item_ids": self.item_ids,
            "indptr": self.profiles.indptr,
            "indices": self.profiles.indices,
            "values": self.profiles.data,
            "duals": self.duals,
            "curve": curves.to_array(self.curve),
            "shrinkage": np.asarray(self.shrinkage),
            "bandwidth": np.asarray(self.bandwidth),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        duals = np.asarray(arrays["duals"])
        parts = tuple(np.asarray(arrays[name]) for name in ("values", "indices", "indptr"))
        return cls(
            item_ids=np.asarray(arrays["item_ids"]),
            profiles=sp.csr_array(parts, shape=duals.shape[::-1], copy=False),
            duals=duals,
            curve=curves.from_array(arrays["curve"]),
            shrinkage=float(arrays["shrinkage"]),
            bandwidth=float(arrays["bandwidth"]),
        )

    @cached_property
    def _overlaps(self) -> Overlaps:
        return Overlaps.with_rows_of(self.profiles)

    def _profile(self, viewers: Viewers) -> SparseArray:
        return shortened(viewers.weighted(self.curve), self.shrinkage)


def fit_user_kernel(
    training_set: TrainingSet, settings: UserKernelSettings | None = None
) -> UserKernel:
    """Raises TooManyUsersError before anything is computed."""
    settings = settings or (GRADED if training_set.graded else BINARY)
    interactions = training_set.interactions
    users = interactions.matrix.shape[0]
    if users > settings.max_users:
        raise TooManyUsersError(
            f"{users} users are more than the {settings.max_users} that a user kernel may have"
        )
    given = Viewers(interactions.matrix)
    profiles = shortened(given.weighted(settings.profile), settings.shrinkage)
    duals = _solve(_system(profiles, settings), given.weighted(settings.target))
    counts = np.bincount(interactions.matrix.indices, minlength=len(duals))
    duals *= popularity_discount(counts, settings.popularity_discount)[:, None]
    return UserKernel(
        item_ids=interactions.item_ids,
        profiles=profiles,
        duals=duals,
        curve=settings.profile,
        shrinkage=settings.shrinkage,
        bandwidth=settings.bandwidth,
    )


def _kernel(overlaps: Overlaps, profiles: SparseArray, bandwidth: float) -> FloatArray:
    """exp(inner product / bandwidth), float32[profiles, training users]."""
    kernel = overlaps(profiles)
    kernel /= np.float32(bandwidth)
    return np.exp(kernel, out=kernel)


def _system(profiles: SparseArray, settings: UserKernelSettings) -> FloatArray:
    """K + ridge · I, float32[users, users]."""
    users = profiles.shape[0]
    overlaps = Overlaps.with_rows_of(profiles)
    system = np.empty((users, users), np.float32)
    for start in range(0, users, _BLOCK):
        block = slice(start, min(start + _BLOCK, users))
        system[block] = _kernel(overlaps, profiles[block], settings.bandwidth)
    system.flat[:: users + 1] += np.float32(settings.ridge)
    return system


def _solve(system: FloatArray, targets: SparseArray) -> FloatArray:
    """system⁻¹ · targets, transposed: float32[items, users]. Destroys `system`."""
    users, items = targets.shape
    duals = np.zeros((items, users), np.float32)
    if not users:
        return duals
    # LAPACK works in place on the order of columns, which is that of the transpose.
    factor, failure = lapack.spotrf(system.T, lower=True, clean=False, overwrite_a=True)
    if failure:
        raise ValueError("the kernel matrix is not positive definite; its ridge is too small")
    by_item = targets.tocsc()
    for start in range(0, items, _BLOCK):
        films = by_item[:, start : start + _BLOCK].toarray(order="F")
        solution, _ = lapack.spotrs(factor, films, lower=True, overwrite_b=True)
        duals[start : start + _BLOCK] = solution.T
    return duals
