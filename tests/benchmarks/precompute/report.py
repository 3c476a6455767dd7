"""What was measured, as tables for people and as a line for programs."""

from collections.abc import Mapping
from typing import Any

from services.recommender.pipeline.settings import PipelineSettings
from services.recommender.served_model import ServedModel
from tests.benchmarks.tables import show

from .models import names_of
from .shares import STEPS, Watch
from .workers import Measured

# A strength of 0 switches one of these steps off.
_SWITCHED = ("shrinkage", "popularity_debias", "freshness", "diversity", "calibration")


def show_rates(measured: Mapping[str, Measured]) -> None:
    columns = ("lists", "users/s", "least", "most", "CPU of workers, us/list", "peak RSS, MB")
    rows = [
        (
            name,
            f"{each.rate:,.0f}",
            *(f"{rate:,.0f}" for rate in each.spread),
            f"{each.cpu_us:,.0f}",
            f"{each.peak_rss_mb:,}",
        )
        for name, each in measured.items()
    ]
    show("Lists of all users, by the workers together (a worker's peak)", columns, rows)


def show_steps(watch: Watch) -> None:
    rows = [
        (
            step,
            f"{watch.wall[step] / watch.lists * 1e6:,.0f}",
            f"{watch.cpu[step] / watch.lists * 1e6:,.0f}",
            f"{watch.shares()[f'{step}_share']:.1%}",
        )
        for step in STEPS
    ]
    columns = ("step", "us/list", "of them CPU of the process", "share")
    show(f"Steps of {watch.lists:,} lists in one process", columns, rows)


def to_json(published: Measured, watch: Watch, model: ServedModel) -> dict[str, Any]:
    return {
        "users_per_second": round(published.rate),
        "users": published.rounds[0].lists,
        "items": int(model.item_ids.size),
        "models": names_of(model),
        "pipeline_steps": pipeline_steps(PipelineSettings()),
        **watch.shares(),
    }


def pipeline_steps(settings: PipelineSettings) -> list[str]:
    """What is between a score and a row, in its order."""
    switched = [name for name in _SWITCHED if getattr(settings, name)]
    exploration = ["exploration"] if settings.exploration_rate else []
    related = ["related"] if settings.related else []
    return ["candidates", *related, *switched, *exploration, "reasons"]
