"""Models that were trained and measured, and the lists that were made with them."""

from .alerts import Alert
from .experiments import (
    DEFAULT_DAYS,
    DEFAULT_EFFECT,
    MAX_DAYS,
    MAX_VARIANTS,
    Experiment,
    ExperimentLook,
    Variant,
)
from .freshness import ListFreshness
from .generations import ActiveGeneration, Generation, GenerationShard
from .impressions import Impression, RecommendationStats
from .lists import (
    CONTRIBUTORS_PER_ITEM,
    LIST_LENGTH,
    SHARE_UNIT,
    Explanation,
    RecommendationList,
)
from .measurement import BASELINE, METRICS, SLICES, ModelMeasurement
from .onboarding import (
    FIRST_QUESTIONS,
    MOST_QUESTIONS,
    OnboardingSkip,
    Questionnaire,
    Questions,
)
from .push import StreamTicket
from .similar import SimilarFilms
from .training import MAX_CHUNK_BYTES, ModelChunk, ModelShard, ModelVersion

__all__ = [
    "BASELINE",
    "CONTRIBUTORS_PER_ITEM",
    "DEFAULT_DAYS",
    "DEFAULT_EFFECT",
    "FIRST_QUESTIONS",
    "LIST_LENGTH",
    "MAX_CHUNK_BYTES",
    "MAX_DAYS",
    "MAX_VARIANTS",
    "METRICS",
    "MOST_QUESTIONS",
    "SHARE_UNIT",
    "SLICES",
    "ActiveGeneration",
    "Alert",
    "Experiment",
    "ExperimentLook",
    "Explanation",
    "Generation",
    "GenerationShard",
    "Impression",
    "ListFreshness",
    "ModelChunk",
    "ModelMeasurement",
    "ModelShard",
    "ModelVersion",
    "OnboardingSkip",
    "Questionnaire",
    "Questions",
    "RecommendationList",
    "RecommendationStats",
    "SimilarFilms",
    "StreamTicket",
    "Variant",
]
