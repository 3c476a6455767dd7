"""User kernel ridge: films are predicted from how alike the viewer and each training user are.

Kernel ridge regression (Saunders et al. 1998) of all films at once on an exponential kernel of the
users' profiles: a nonlinear relative of user-user collaborative filtering. Training is cubic in
the users, which is why it serves small populations only. Users are alike who did the same with the
same films, and also whose factors of an implicit ALS point the same way: a kernel of both beats
either, most of all where profiles are short. A viewer with the scores of a training user needs no
kernel: the equations that training solves say what it would give. Formulas: docs/ALGORITHM.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from services.recommender import curves, ials
from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.entries import read_stored, stored
from services.recommender.ials import IALS, IALSSettings
from services.recommender.model import Explanation, TooLargeError, TrainingSet
from services.recommender.nested_arrays import under, within
from services.recommender.overlaps import Overlaps, shortened
from services.recommender.training_users import NOBODY, TrainingUsers
from services.recommender.viewers import Viewers
from services.recommender.weights import TRAINING, UNARY, GradeCurve

# Viewers, and films, held dense at once: 256 x 10,000 training users in float32 are 10 MB.
_BLOCK = 256
_REFERENCE_USERS = 4_000


class TooManyUsersError(TooLargeError):
    """More training users than the settings allow."""


@dataclass(frozen=True)
class UserKernelSettings:
    """`profile` weighs what a user did when users are compared, `target` when films are predicted.

    A profile p is shortened to p / sqrt(|p|² + `shrinkage`), so that a short one is like nobody;
    the kernel is exp(cosine / `bandwidth` + cosine of the `latent` factors / `latent_bandwidth`),
    its ridge `ridge`. At `max_users` the kernel matrix takes 400 MB, and the model 40 kB for each
    film. Bandwidths and ridge are as 4,000 users need them.
    """

    latent: IALSSettings
    profile: GradeCurve = UNARY
    target: GradeCurve = UNARY
    shrinkage: float = 10.0
    bandwidth: float = 0.3
    latent_bandwidth: float = 0.7
    ridge: float = 20.0
    max_users: int = 10_000

    def for_users(self, users: int) -> Self:
        """As that many users need them: ridge ~ users, bandwidths ~ users ** -1/3.

        Settings of large populations do harm in small ones, where nobody is as alike.
        """
        relative = max(users, 1) / _REFERENCE_USERS
        wider = relative ** (-1 / 3)
        return replace(
            self,
            ridge=self.ridge * relative,
            bandwidth=self.bandwidth * wider,
            latent_bandwidth=self.latent_bandwidth * wider,
        )


# Fewer factors than the model of its own has: they tell whom a viewer is like, not what to rank.
BINARY = UserKernelSettings(latent=replace(ials.BINARY, factors=64, epochs=10))
GRADED = UserKernelSettings(
    latent=replace(ials.GRADED, factors=64),
    profile=TRAINING,
    target=GradeCurve((0.05, 0.15, 0.4, 0.8, 1.0)),
)


@dataclass(frozen=True, eq=False)
class UserKernel:
    """`grades` float32[users, items] are the scores of training; `duals` float32[users, items].

    The score of film j is the sum over users u of exp(likeness of u) · duals[u, j]. The likeness is
    a·profiles[u] / bandwidth + b·directions[u] / latent_bandwidth, with the viewer's own profile
    a = p / sqrt(|p|² + shrinkage), p being `curve` of their scores, and b the viewer's factors of
    `latent` at unit length, as `directions` float32[users, k] are those of the users.

    To whoever has the grades of user u that gives `target` of them - ridge · duals[u].
    """

    item_ids: IntArray
    grades: SparseArray
    duals: FloatArray
    latent: IALS
    directions: FloatArray
    curve: GradeCurve
    target: GradeCurve
    shrinkage: float
    bandwidth: float
    latent_bandwidth: float
    ridge: float

    def scores(self, viewers: Viewers) -> FloatArray:
        """float32[viewers, items]."""
        scores = np.empty((len(viewers), self.item_ids.size), np.float32)
        users = self._training_users.find(viewers)
        for rows in _pieces(np.flatnonzero(users != NOBODY)):
            scores[rows] = self._fitted(viewers.chosen(rows), users[rows])
        for rows in _pieces(np.flatnonzero(users == NOBODY)):
            scores[rows] = self.predicted(viewers.chosen(rows))
        return scores

    def predicted(self, viewers: Viewers) -> FloatArray:
        """The scores by the kernel, float32[viewers, items], whoever the viewers are."""
        kernel = self.kernel(self._profile(viewers), _directions(self.latent, viewers))
        scores: FloatArray = kernel @ self.duals
        return scores

    def explain(self, viewer: Viewers, items: IntArray) -> Explanation:
        """What a user adds beyond the empty profile is shared by the films that make them alike.

        Each film of the profile gets its part of the two inner products. The same shares are the
        integral of the score's gradient while all of them grow from 0 (Sundararajan et al. 2017).
        """
        inputs, parts = self._likeness_parts(viewer)
        alike = parts.sum(axis=1)
        growth = np.expm1(alike) / np.where(alike == 0, 1, alike)
        parts *= growth[:, None]
        duals = self.duals[:, items].T.astype(np.float64)
        return Explanation(items, inputs, duals @ parts, {"empty_profile": duals.sum(axis=1)})

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        return {
            "item_ids": self.item_ids,
            **stored(self.grades),
            "duals": self.duals,
            "directions": self.directions,
            "curve": curves.to_array(self.curve),
            "target": curves.to_array(self.target),
            "shrinkage": np.asarray(self.shrinkage),
            "bandwidth": np.asarray(self.bandwidth),
            "latent_bandwidth": np.asarray(self.latent_bandwidth),
            "ridge": np.asarray(self.ridge),
        } | under("latent", self.latent.to_arrays())

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        duals = np.asarray(arrays["duals"])
        return cls(
            item_ids=np.asarray(arrays["item_ids"]),
            grades=read_stored(arrays, duals.shape),
            duals=duals,
            latent=IALS.from_arrays(within("latent", arrays)),
            directions=np.asarray(arrays["directions"]),
            curve=curves.from_array(arrays["curve"]),
            target=curves.from_array(arrays["target"]),
            shrinkage=float(arrays["shrinkage"]),
            bandwidth=float(arrays["bandwidth"]),
            latent_bandwidth=float(arrays["latent_bandwidth"]),
            ridge=float(arrays["ridge"]),
        )

    @cached_property
    def profiles(self) -> SparseArray:
        """Those of the training users, float32[users, items], of unit length or less."""
        return self._profile(Viewers(self.grades))

    @cached_property
    def _overlaps(self) -> Overlaps:
        return Overlaps.with_rows_of(self.profiles)

    @cached_property
    def _training_users(self) -> TrainingUsers:
        return TrainingUsers.of(self.grades)

    def _fitted(self, viewers: Viewers, users: IntArray) -> FloatArray:
        """Scores of viewers with the grades of these training users."""
        scores = viewers.weighted(self.target).toarray()
        scores -= np.float32(self.ridge) * self.duals[users]
        return scores

    def _profile(self, viewers: Viewers) -> SparseArray:
        return shortened(viewers.weighted(self.curve), self.shrinkage)

    def kernel(self, profiles: SparseArray, directions: FloatArray) -> FloatArray:
        """exp(likeness), float32[profiles, training users]."""
        kernel = self._overlaps(profiles)
        kernel /= np.float32(self.bandwidth)
        kernel += directions @ (self.directions.T / np.float32(self.latent_bandwidth))
        return np.exp(kernel, out=kernel)

    def _likeness_parts(self, viewer: Viewers) -> tuple[IntArray, FloatArray]:
        """The viewer's films and what each adds to the likeness of users, float64[users, films]."""
        profile = self._profile(viewer)
        shared = self.profiles[:, profile.indices].toarray().astype(np.float64)
        parts = shared * (profile.data / self.bandwidth)
        factors_of, factors = self.latent.fold_in_parts(viewer)
        length = np.linalg.norm(factors.sum(axis=1))
        if length:
            turned = self.directions.astype(np.float64) @ (factors / length)
            positions = np.searchsorted(profile.indices, factors_of)
            parts[:, positions] += turned / self.latent_bandwidth
        return profile.indices, parts


def fit_user_kernel(
    training_set: TrainingSet, settings: UserKernelSettings | None = None
) -> UserKernel:
    """Raises TooManyUsersError before anything is computed."""
    interactions = training_set.interactions
    users = interactions.matrix.shape[0]
    settings = (settings or (GRADED if training_set.graded else BINARY)).for_users(users)
    if users > settings.max_users:
        raise TooManyUsersError(
            f"{users} users are more than the {settings.max_users} that a user kernel may have"
        )
    given = Viewers(interactions.matrix)
    latent = ials.fit(training_set, settings.latent)
    unsolved = UserKernel(
        item_ids=interactions.item_ids,
        grades=interactions.matrix,
        duals=np.empty((users, 0), np.float32),
        latent=latent,
        directions=_directions(latent, given),
        curve=settings.profile,
        target=settings.target,
        shrinkage=settings.shrinkage,
        bandwidth=settings.bandwidth,
        latent_bandwidth=settings.latent_bandwidth,
        ridge=settings.ridge,
    )
    duals = _solve(_system(unsolved), given.weighted(settings.target))
    return replace(unsolved, duals=duals)


def _pieces(rows: IntArray) -> Iterator[IntArray]:
    for start in range(0, rows.size, _BLOCK):
        yield rows[start : start + _BLOCK]


def _directions(latent: IALS, viewers: Viewers) -> FloatArray:
    """The viewers' factors at unit length, float32[viewers, k]; zeros where nothing is known."""
    factors = latent.fold_in(viewers)
    lengths = np.linalg.norm(factors, axis=1, keepdims=True)
    directions: FloatArray = factors / np.where(lengths > 0, lengths, 1)
    return directions


def _system(model: UserKernel) -> FloatArray:
    """K + ridge · I, float32[users, users]."""
    users = model.profiles.shape[0]
    system = np.empty((users, users), np.float32)
    for start in range(0, users, _BLOCK):
        block = slice(start, min(start + _BLOCK, users))
        system[block] = model.kernel(model.profiles[block], model.directions[block])
    system.flat[:: users + 1] += np.float32(model.ridge)
    return system


def _solve(system: FloatArray, targets: SparseArray) -> FloatArray:
    """system⁻¹ · targets, float32[users, items]. Destroys `system`."""
    users, items = targets.shape
    duals = np.zeros((users, items), np.float32)
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
        duals[:, start : start + _BLOCK] = solution
    return duals
