"""Which films to ask a viewer about of whom little is known: those whose answers tell most.

What a viewer's factors might be is a normal distribution: at first that of all viewers' factors, in
the directions in which these differ most. A film that is asked about teaches something if the
viewer knows it, so that its value is the chance that they do, given all answers so far, times a
power of what knowing the answer would take from the variance of the scores of all films. The two
are separate beliefs: "haven't seen it" tells what else was not seen, but nothing of taste.
Measured against other ways to ask in docs/ALGORITHM.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from services.recommender.arrays import FloatArray, IntArray
from services.recommender.ials import IALS
from services.recommender.viewers import Viewers

NOT_SEEN = 0
_LEAST_VARIANCE = 1e-12


@dataclass(frozen=True)
class OnboardingSettings:
    """`candidates` most rated films may be asked about; beliefs are over `directions` of taste.

    The noises are variances of an answer about what the factors say, `gain_exponent` is the power
    of the gain. No film is less familiar than `least_familiarity`.
    """

    candidates: int = 600
    directions: int = 32
    familiarity_noise: float = 0.03
    taste_noise: float = 0.2
    gain_exponent: float = 0.5
    least_familiarity: float = 0.02


@dataclass(frozen=True, eq=False)
class Questionnaire:
    """Films that may be asked about, most rated first, and what an answer tells of a viewer.

    `expected` float32[films] is everybody's mean answer and `loadings` float32[films, d] what a
    viewer's differs by in each direction; viewers vary by 1 in each. `stakes` float32[d, d] turns
    a shift in these into the squared change of all films' scores. `targets` float32[5] are the
    answers that 1 to 5 stars are; that of a film not seen is 0.
    """

    item_ids: IntArray
    expected: FloatArray
    loadings: FloatArray
    stakes: FloatArray
    targets: FloatArray

    def places_of(self, item_ids: IntArray) -> IntArray:
        """Of each film among those that may be asked about; -1 where it is not."""
        order = np.argsort(self.item_ids)
        near = np.searchsorted(self.item_ids, item_ids, sorter=order)
        places = order[np.minimum(near, order.size - 1)] if order.size else near
        return np.where(self.item_ids[places] == item_ids, places, -1) if order.size else places - 1

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        return cls(**{each.name: np.asarray(arrays[each.name]) for each in fields(cls)})


class Beliefs:
    """What is thought of viewers after their answers: any number of viewers side by side."""

    def __init__(
        self, questionnaire: Questionnaire, viewers: int, settings: OnboardingSettings
    ) -> None:
        directions = questionnaire.loadings.shape[1]
        self._asked = questionnaire
        self._settings = settings
        self._mean = np.zeros((viewers, directions), np.float32)
        self._familiarity = np.tile(np.eye(directions, dtype=np.float32), (viewers, 1, 1))
        self._taste = self._familiarity.copy()

    def values(self) -> FloatArray:
        """What asking about each film is worth, float32[viewers, films]."""
        values: FloatArray = self._known() * self._gains() ** self._settings.gain_exponent
        return values

    def learn(self, places: IntArray, scores: FloatArray) -> None:
        """An answer of each viewer: a score of 1-10, or NOT_SEEN."""
        told = self._asked.loadings[places]
        expected = self._asked.expected[places] + np.einsum("vd,vd->v", self._mean, told)
        step, shrunk = _narrowed(self._familiarity, told, self._settings.familiarity_noise)
        self._mean += step * (self._answers(scores) - expected)[:, None]
        self._familiarity = shrunk
        self._suppose(told, scores != NOT_SEEN)

    def suppose(self, places: IntArray) -> None:
        """As if the viewers knew the films, whatever they think of them."""
        self._suppose(self._asked.loadings[places], np.ones(places.size, bool))

    def _suppose(self, told: FloatArray, known: NDArray[np.bool_]) -> None:
        _, shrunk = _narrowed(self._taste, told, self._settings.taste_noise)
        self._taste = np.where(known[:, None, None], shrunk, self._taste)

    def _answers(self, scores: FloatArray) -> FloatArray:
        stars = np.interp(np.asarray(scores) / 2, np.arange(1, 6), self._asked.targets)
        return np.where(np.asarray(scores) == NOT_SEEN, 0, stars).astype(np.float32)

    def _known(self) -> FloatArray:
        """The chance that a film was seen, little less where it would not be liked."""
        chance = self._asked.expected + self._mean @ self._asked.loadings.T
        return np.clip(chance, self._settings.least_familiarity, 1)

    def _gains(self) -> FloatArray:
        """By how much the variance of all scores shrinks, were each film's answer known."""
        shifts = self._taste @ self._asked.loadings.T
        moved = np.einsum("vdf,vdf->vf", shifts, self._asked.stakes @ shifts)
        variances = np.einsum("fd,vdf->vf", self._asked.loadings, shifts)
        gains: FloatArray = moved / (variances + self._settings.taste_noise)
        return gains


def _narrowed(
    covariances: FloatArray, told: FloatArray, noise: float
) -> tuple[FloatArray, FloatArray]:
    """How far an answer moves each mean for a unit of surprise, and the covariances after it."""
    shifts = np.einsum("vij,vj->vi", covariances, told)
    variances = np.einsum("vi,vi->v", shifts, told) + np.float32(noise)
    steps = shifts / variances[:, None]
    return steps, covariances - steps[:, :, None] * shifts[:, None, :]


def fit_questionnaire(
    model: IALS,
    viewers: Viewers,
    events: IntArray,
    settings: OnboardingSettings | None = None,
) -> Questionnaire:
    """From viewers whose taste is known, on the model's films, of which each has so many events."""
    chosen = settings or OnboardingSettings()
    factors = model.fold_in(viewers).astype(np.float64)
    films = model.factors.astype(np.float64)
    mean = factors.mean(axis=0) if len(factors) else np.zeros(films.shape[1])
    loadings = films @ _directions(factors - mean, chosen.directions)
    places = np.argsort(-events, kind="stable")[: chosen.candidates]
    return Questionnaire(
        item_ids=model.item_ids[places],
        expected=(films[places] @ mean).astype(np.float32),
        loadings=loadings[places].astype(np.float32),
        stakes=(loadings.T @ loadings).astype(np.float32),
        targets=np.asarray(model.settings.target.stars, np.float32),
    )


def _directions(centred: FloatArray, count: int) -> FloatArray:
    """In which the rows differ most, as columns as long as their standard deviation."""
    covariance = centred.T @ centred / max(len(centred) - 1, 1)
    variances, axes = np.linalg.eigh(covariance)
    greatest = np.argsort(-variances, kind="stable")[:count]
    scaled: FloatArray = axes[:, greatest] * np.sqrt(
        np.maximum(variances[greatest], _LEAST_VARIANCE)
    )
    return scaled


def choose_questions(
    questionnaire: Questionnaire,
    answers: Mapping[int, float],
    *,
    count: int,
    settings: OnboardingSettings | None = None,
) -> list[int]:
    """The next films to ask a viewer about, best first, after scores or NOT_SEEN of others.

    Each is chosen as if those before it were known: they are to tell different things.
    """
    beliefs = Beliefs(questionnaire, 1, settings or OnboardingSettings())
    given = np.array([*answers], np.int64)
    places = questionnaire.places_of(given)
    scores = np.array([*answers.values()], np.float32)
    open_ = np.ones((1, questionnaire.item_ids.size), bool)
    for place, score in zip(places[places >= 0], scores[places >= 0], strict=True):
        beliefs.learn(np.array([place]), np.array([score]))
        open_[0, place] = False
    chosen: list[int] = questionnaire.item_ids[choose_batch(beliefs, open_, count)[0]].tolist()
    return chosen


def choose_batch(beliefs: Beliefs, open_: NDArray[np.bool_], count: int) -> IntArray:
    """Places of films for each viewer, int[viewers, up to count]; `open_` is used up.

    `beliefs` go on as if the viewers knew them.
    """
    chosen = []
    for _ in range(min(count, int(open_.sum(axis=1).min(initial=count)))):
        best = np.where(open_, beliefs.values(), -np.inf).argmax(axis=1)
        open_[np.arange(best.size), best] = False
        beliefs.suppose(best)
        chosen.append(best)
    return np.array(chosen, np.intp).reshape(len(chosen), len(open_)).T
