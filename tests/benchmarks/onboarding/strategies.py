"""Ways to choose what to ask: a fixed order for everybody, or what answers so far say."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.random import default_rng

from services.recommender.arrays import BoolArray, FloatArray, IntArray
from services.recommender.onboarding import (
    Beliefs,
    OnboardingSettings,
    Questionnaire,
    choose_batch,
)
from services.recommender.weights import HIGHEST_SCORE

from .held_out import Platform

_STARS = HIGHEST_SCORE // 2


class Asker(Protocol):
    """Asks a block of viewers; the films are places of the questionnaire."""

    def ask(self, open_: BoolArray) -> IntArray:
        """A film of those still open to each viewer, bool[viewers, films]."""
        ...

    def hear(self, places: IntArray, scores: FloatArray) -> None: ...


Strategy = Callable[[Platform, int], Asker]


class InOrder:
    """The same order for all, or one for each; nobody listens."""

    def __init__(self, values: FloatArray) -> None:
        self._values = values

    def ask(self, open_: BoolArray) -> IntArray:
        return np.where(open_, self._values, -np.inf).argmax(axis=1)

    def hear(self, places: IntArray, scores: FloatArray) -> None:
        pass


class ByBeliefs:
    """As shipped but for `settings`, `at_once` questions before any answer is heard."""

    def __init__(
        self, asked: Questionnaire, viewers: int, settings: OnboardingSettings, *, at_once: int = 1
    ) -> None:
        self._renewed = lambda: Beliefs(asked, viewers, settings)
        self._at_once = at_once
        self._heard: list[tuple[IntArray, FloatArray]] = []
        self._batch: list[IntArray] = []
        self._beliefs = self._renewed()

    def ask(self, open_: BoolArray) -> IntArray:
        if self._at_once == 1:
            return np.where(open_, self._beliefs.values(), -np.inf).argmax(axis=1)
        if not self._batch:
            self._batch = list(choose_batch(self._after_all(), open_.copy(), self._at_once).T)
        return self._batch.pop(0)

    def hear(self, places: IntArray, scores: FloatArray) -> None:
        self._beliefs.learn(places, scores)
        self._heard.append((places, scores))

    def _after_all(self) -> Beliefs:
        beliefs = self._renewed()
        for places, scores in self._heard:
            beliefs.learn(places, scores)
        return beliefs


def strategies(settings: OnboardingSettings) -> Mapping[str, Strategy]:
    """By name, that which all others are compared with first."""
    return {
        "most popular": lambda platform, _: InOrder(_events(platform)),
        "random": lambda platform, viewers: InOrder(
            default_rng(0).random((viewers, platform.questionnaire.item_ids.size))
        ),
        "variance": lambda platform, _: InOrder(_variances(platform)),
        "log popularity x entropy": lambda platform, _: InOrder(
            np.log(_events(platform)) * _entropies(platform)
        ),
        "HELF": lambda platform, _: InOrder(_helf(platform)),
        "gain alone": _believing(replace(settings, least_familiarity=1.0)),
        "familiarity alone": _believing(replace(settings, gain_exponent=0.0)),
        "as shipped": _believing(settings),
        "as shipped, five at once": _believing(settings, at_once=5),
    }


def _believing(settings: OnboardingSettings, *, at_once: int = 1) -> Strategy:
    return lambda platform, viewers: ByBeliefs(
        platform.questionnaire, viewers, settings, at_once=at_once
    )


def _columns(platform: Platform) -> IntArray:
    return np.searchsorted(platform.events.item_ids, platform.questionnaire.item_ids)


def _scores(platform: Platform) -> list[FloatArray]:
    """All scores of each film."""
    matrix = platform.events.matrix.tocsc()[:, _columns(platform)]
    return np.split(matrix.data, matrix.indptr[1:-1])


def _events(platform: Platform) -> FloatArray:
    return np.array([scores.size for scores in _scores(platform)], float)


def _variances(platform: Platform) -> FloatArray:
    return np.array([scores.var() for scores in _scores(platform)])


def _entropies(platform: Platform) -> FloatArray:
    """Of the stars that a film gets."""
    return np.array([_entropy(np.ceil(scores / 2)) for scores in _scores(platform)])


def _entropy(stars: FloatArray) -> float:
    shares = np.unique(stars, return_counts=True)[1] / stars.size
    return float(-(shares * np.log(shares)).sum())


def _helf(platform: Platform) -> FloatArray:
    """Harmonic mean of entropy and log frequency, as parts of the most (Rashid et al. 2008)."""
    frequency = np.log(_events(platform)) / np.log(platform.events.matrix.shape[0])
    entropy = _entropies(platform) / np.log(_STARS)
    mean: FloatArray = 2 * frequency * entropy / (frequency + entropy)
    return mean
