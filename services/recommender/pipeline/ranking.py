"""From scores to lists: the steps in their order, for a block of viewers at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Self

import numpy as np

from services.recommender.arrays import BoolArray, FloatArray, IntArray, SparseArray
from services.recommender.entries import with_data
from services.recommender.scaling import z_scores
from services.recommender.shrinkage import likes_known, own_weights, shrink
from services.recommender.viewers import Viewers
from services.recommender.weighted_rows import weighted_rows

from .calibration import Calibration, GenreTable, genre_shares
from .candidates import NOTHING, TieOrder, select_candidates
from .diversity import Diversity
from .excludes import exclude
from .exploration import Explored, explore, pool_of, uniforms
from .films import Films
from .related import EDGES_FROM, admit_related
from .relevance import by_relevance, freshness, log_popularity, relevance
from .reranking import Term, arrange, pick
from .settings import PipelineSettings
from .sources import Source
from .steps import Steps, final_order

# Viewers taken through the steps together: the vectors of 32 x 200 candidates are .8 MB and stay
# in a cache, calls cost each viewer little, and who waits for a list waits for a short step.
BLOCK = 32


@dataclass(frozen=True)
class ScoredViewers:
    """A model's scores for viewers, and what else decides about their lists.

    `scores` float[viewers, items] are finite. `excluded` by name of what excludes: every entry
    that a matrix [viewers, items] stores keeps a film out; films of the profile stay out anyway.
    `user_ids` and `revisions` int[viewers] are what chance depends on.
    """

    scores: FloatArray
    viewers: Viewers
    user_ids: IntArray
    revisions: IntArray
    excluded: Mapping[str, SparseArray] = field(default_factory=dict)

    def rows(self, start: int, stop: int) -> Self:
        """The viewers [start, stop)."""
        return type(self)(
            self.scores[start:stop],
            self.viewers.rows(start, stop),
            self.user_ids[start:stop],
            self.revisions[start:stop],
            {name: entries[start:stop] for name, entries in self.excluded.items()},
        )


@dataclass(frozen=True)
class RankedBlock:
    """Lists of viewers, all arrays [viewers, length], best first.

    `items` int32 are columns of the item axis, NOTHING after the end of a short list, where all
    else is 0. `scores` float32 are those before re-ranking, `affinities` float32 the model's own;
    `ranks` int16 is the place among the candidates, from 0, that the score alone would give.
    `sources` uint8 of Source. `propensities` float32 is the probability of the film at its place,
    given those above it.
    """

    items: IntArray
    scores: FloatArray
    affinities: FloatArray
    ranks: IntArray
    sources: IntArray
    propensities: FloatArray

    @classmethod
    def joined(cls, blocks: Sequence[Self]) -> Self:
        return cls(
            *(
                np.concatenate([getattr(block, each.name) for block in blocks])
                for each in fields(cls)
            )
        )


@dataclass(frozen=True, eq=False)
class Pipeline:
    """`this_year` is what freshness counts from; `backed_by` the source of films with events for
    which the viewer's taste speaks, for this model. Of other films their facts alone tell.
    """

    settings: PipelineSettings
    films: Films
    this_year: int | None = None
    backed_by: Source = Source.PERSONAL

    def __post_init__(self) -> None:
        if self.settings.freshness and self.this_year is None:
            raise ValueError("freshness counts from a year")

    def rank(self, scored: ScoredViewers) -> RankedBlock:
        """A list for each viewer; the same, whatever other viewers are in the block."""
        viewers = len(scored.viewers)
        starts = range(0, max(viewers, 1), BLOCK)
        parts = [scored.rows(start, min(start + BLOCK, viewers)) for start in starts]
        return RankedBlock.joined([self._pack(part, self.trace(part)) for part in parts])

    def trace(self, scored: ScoredViewers) -> Steps:
        """All that the steps make of a block of at most BLOCK viewers."""
        settings = self.settings
        weights = scored.viewers.weighted(settings.evidence)
        evidence = self._evidence(weights)
        own = self._own(evidence)
        blended = self.blend(scored, own)
        exclude(blended, (scored.viewers.grades, *scored.excluded.values()))
        best = select_candidates(blended, self.ties, settings.candidates)
        candidates = self._with_related(best, blended, scored.viewers)
        order, relevant = self._by_relevance(blended, best, candidates, evidence)
        ordered = np.take_along_axis(candidates, order, axis=1)
        picked = pick(relevant, self._terms(ordered, weights, own), depth=settings.depth)
        arranged = arrange(picked, candidates=order.shape[1], page=settings.page)
        explored = self._explored(scored, ordered, relevant, arranged)
        return Steps(own, blended, candidates, order, relevant, picked, arranged, explored)

    def _with_related(self, best: IntArray, blended: FloatArray, viewers: Viewers) -> IntArray:
        settings, related = self.settings, self.films.related
        if not related.nnz or not settings.related:
            return best
        led_to = weighted_rows(viewers.weighted(EDGES_FROM), related)
        return admit_related(best, blended, led_to, self.ties, places=settings.related)

    def own_weights(self, scored: ScoredViewers) -> FloatArray:
        """How much of each viewer's scores is their own taste, float32[viewers]."""
        return self._own(self._evidence(scored.viewers.weighted(self.settings.evidence)))

    def _own(self, evidence: FloatArray) -> FloatArray:
        own = own_weights(evidence, shrinkage=self.settings.shrinkage)
        own *= np.float32(self.settings.taste)
        return own

    def _evidence(self, weights: SparseArray) -> FloatArray:
        """How many likes the scores of each history were made of, float64[viewers]."""
        return likes_known(with_data(weights, weights.data * self._tells[weights.indices]))

    def blend(self, scored: ScoredViewers, own: FloatArray) -> FloatArray:
        """Scores with popularity mixed in, float32[viewers, items], before any exclude."""
        return shrink(scored.scores, self.popularity_z, own)

    def _by_relevance(
        self, blended: FloatArray, best: IntArray, candidates: IntArray, evidence: FloatArray
    ) -> tuple[IntArray, FloatArray]:
        settings = self.settings
        debias = own_weights(evidence, shrinkage=settings.debias_evidence)
        debias *= np.float32(settings.popularity_debias)
        adjustments = self._freshness[candidates] * np.float32(settings.freshness)
        adjustments -= self._log_popularity[candidates] * debias[:, None]
        values = relevance(
            _taken(blended, candidates),
            candidates != NOTHING,
            best=_taken(blended, best),
            adjustments=adjustments,
        )
        order = by_relevance(values)
        return order, np.take_along_axis(values, order, axis=1)

    def _terms(self, ordered: IntArray, weights: SparseArray, own: FloatArray) -> list[Term]:
        settings = self.settings
        terms: list[Term] = []
        if settings.diversity:
            strengths = own * np.float32(settings.diversity)
            terms.append(Diversity(self.films.vectors, ordered, strengths=strengths))
        if settings.calibration and self._genres.genres:
            terms.append(
                Calibration(
                    self._genres,
                    ordered,
                    wanted=genre_shares(weights, self._genres),
                    strengths=own * np.float32(settings.calibration),
                    smoothing=settings.calibration_smoothing,
                )
            )
        return terms

    def _explored(
        self,
        scored: ScoredViewers,
        ordered: IntArray,
        relevant: FloatArray,
        arranged: IntArray,
    ) -> Explored | None:
        settings, places = self.settings, self.settings.exploration_places
        if not settings.exploration_rate or not places:
            return None
        listed = np.take_along_axis(relevant, arranged, axis=1)
        events = self.films.events[np.take_along_axis(ordered, arranged, axis=1)]
        pool = pool_of(
            events, listed > -np.inf, start=places[-1] + 1, size=settings.exploration_pool
        )
        unsure = settings.uncertainty / np.sqrt(1 + np.take_along_axis(events, pool, axis=1))
        logits = np.take_along_axis(listed, pool, axis=1).astype(np.float64) + unsure
        chances = uniforms(
            scored.user_ids,
            scored.revisions,
            seed=settings.exploration_seed,
            count=len(places) + pool.shape[1],
        )
        return explore(
            ordered.shape[1],
            pool=pool,
            logits=logits / settings.exploration_temperature,
            places=places,
            rate=settings.exploration_rate,
            chances=chances,
        )

    def _pack(self, scored: ScoredViewers, steps: Steps) -> RankedBlock:
        final = final_order(steps)[:, : self.settings.limit]
        ranks = np.take_along_axis(steps.order, final, axis=1)
        items = np.take_along_axis(steps.candidates, ranks, axis=1)
        listed = items != NOTHING
        columns = np.maximum(items, 0)
        affinities = np.take_along_axis(scored.scores, columns, axis=1)
        return RankedBlock(
            items=items,
            scores=np.where(listed, np.take_along_axis(steps.blended, columns, axis=1), 0),
            affinities=np.where(listed, affinities, 0).astype(np.float32),
            ranks=np.where(listed, ranks, 0).astype(np.int16),
            sources=self._sources(scored, steps, columns, listed),
            propensities=_propensities(steps, listed),
        )

    def _sources(
        self, scored: ScoredViewers, steps: Steps, columns: IntArray, listed: BoolArray
    ) -> IntArray:
        """Taste speaks for a film that it puts above the viewer's average."""
        affinities = np.take_along_axis(scored.scores, columns, axis=1)
        average = (scored.scores.sum(axis=1) / max(scored.scores.shape[1], 1))[:, None]
        backed = (affinities > average) & (steps.own > 0)[:, None]
        spoken_for = np.where(self.films.events[columns] > 0, self.backed_by, Source.SIMILAR)
        sources = np.where(backed, spoken_for, Source.POPULAR)
        if steps.explored is not None:
            is_explored = steps.explored.is_explored[:, : sources.shape[1]]
            sources = np.where(is_explored, Source.EXPLORED, sources)
        return np.where(listed, sources, 0).astype(np.uint8)

    @cached_property
    def popularity_z(self) -> FloatArray:
        return z_scores(self.films.popularity.astype(np.float64)).astype(np.float32)

    @cached_property
    def _log_popularity(self) -> FloatArray:
        return log_popularity(self.films.popularity)

    @cached_property
    def _tells(self) -> BoolArray:
        """Whether the scores of a viewer know what they did with each film, bool[items].

        A blend has learned nothing of films without events; facts tell of all films alike.
        """
        return (self.films.events > 0) | (self.backed_by is Source.SIMILAR)

    @cached_property
    def ties(self) -> TieOrder:
        return TieOrder.of(item_ids=self.films.item_ids, popularity=self.films.popularity)

    @cached_property
    def _genres(self) -> GenreTable:
        return GenreTable.of(self.films.genres)

    @cached_property
    def _freshness(self) -> FloatArray:
        half_life = self.settings.freshness_half_life
        if self.this_year is None:
            return np.zeros(self.films.years.size, np.float32)
        return freshness(self.films.years, this_year=self.this_year, half_life=half_life)


def _taken(scores: FloatArray, columns: IntArray) -> FloatArray:
    """The scores of these films, -inf where there is none."""
    taken = np.take_along_axis(scores, np.maximum(columns, 0), axis=1)
    return np.where(columns != NOTHING, taken, -np.inf)


def _propensities(steps: Steps, listed: BoolArray) -> FloatArray:
    if steps.explored is None:
        return listed.astype(np.float32)
    known = steps.explored.propensities[:, : listed.shape[1]]
    return np.where(listed, known, 0)
