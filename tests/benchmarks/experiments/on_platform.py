"""One experiment through PostgreSQL: rows of what viewers were shown, and a look every night."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db import connection
from numpy.random import default_rng

from apps.recommendations import actions
from apps.recommendations.actions import VariantDraft
from apps.recommendations.experimenting.assignment import Arm, Assignment
from apps.recommendations.experimenting.reports import Report, Verdict, report
from apps.recommendations.models import Experiment, ExperimentLook, Variant
from apps.users.models import User
from services.recommendations import looking
from services.recommendations.copying import copy_in, record_type
from services.recommender.arrays import BoolArray, IntArray

from .audience import BETTER, CONTROL, HOLDBACK, Audience, visit

START = datetime(2026, 3, 1, tzinfo=UTC)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_NOON = timedelta(hours=12)
_MICROSECOND = timedelta(microseconds=1)
_TYPES = [("user_id", "i8"), ("variant_id", "i4"), ("list_id", "i8"), ("movie_id", "i4")]
_TYPES += [("shown_at", "i8"), ("opened", "i2")]
_STAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS told (user_id bigint, variant_id integer, list_id bigint,
        movie_id integer, shown_at timestamptz, opened smallint)
"""
_INSERT = """
    INSERT INTO recommendations_impression
        (user_id, variant_id, list_id, movie_id, surface, row, shown_at, clicked_at)
    SELECT user_id, variant_id, list_id, movie_id, 'list', '', shown_at,
        CASE WHEN opened = 1 THEN shown_at + interval '20 seconds' END
    FROM told
"""
SHARES = {CONTROL: 475, BETTER: 475, HOLDBACK: 50}


@dataclass(frozen=True, kw_only=True)
class Ran:
    """The report of each night, and how long the last look took."""

    reports: list[Report]
    impressions: int
    look_seconds: float

    def decided_on(self, variant: str) -> int | None:
        """The first day whose look decided about it."""
        for day, found in enumerate(self.reports, start=1):
            verdicts = {each.variant.name: each.verdict for each in found.variants}
            if verdicts[variant] in {Verdict.BETTER, Verdict.WORSE}:
                return day
        return None


@dataclass(frozen=True)
class _Readers:
    """Viewers and, in step, which variant each reads; -1 is none."""

    user_ids: IntArray
    arms: IntArray
    variants: list[Variant]
    movie_ids: IntArray


def run(audience: Audience, *, viewers: int, days: int, seed: int) -> Ran:
    experiment = _started(days)
    variants = list(experiment.variants.all())
    rng = default_rng(seed)
    user_ids = _make_viewers(viewers)
    arms = _arms(experiment, variants, user_ids)
    drawn = rng.integers(len(audience), size=viewers)
    is_read = [(arms == number)[:, None] for number in range(len(variants))]
    attractions = [audience.attractions[variant.name][drawn] for variant in variants]
    films = [audience.movie_ids[variant.name][drawn] for variant in variants]
    readers = _Readers(user_ids, arms, variants, np.select(is_read, films))
    visits = visit(rng, np.select(is_read, attractions), days)
    reports, shown = [], 0
    for day in range(days):
        shown += _tell(readers, visits.is_seen[day], visits.is_opened[day], day)
        began = time.perf_counter()
        reports.append(_look(experiment, variants, at=_moment(day + 1)))
    seconds = time.perf_counter() - began
    return Ran(reports=reports, impressions=shown, look_seconds=seconds)


def _moment(day: int) -> datetime:
    return START + timedelta(days=day)


def _started(days: int) -> Experiment:
    experiment = actions.create_experiment(
        name="simulated",
        max_days=days + 1,
        variants=[
            VariantDraft(
                name=name,
                share=share,
                is_control=name == CONTROL,
                kind=Variant.Kind.POPULARITY if name == HOLDBACK else Variant.Kind.PIPELINE,
            )
            for name, share in SHARES.items()
        ],
    )
    actions.start_experiment(experiment_id=experiment.pk, at=START)
    experiment.refresh_from_db()
    return experiment


def _make_viewers(count: int) -> IntArray:
    rows = User.objects.bulk_create(User(email=f"{n}@example.com") for n in range(count))
    return np.array([row.pk for row in rows])


def _arms(experiment: Experiment, variants: list[Variant], user_ids: IntArray) -> IntArray:
    arms = (Arm(number, variant.share) for number, variant in enumerate(variants))
    assignment = Assignment(experiment.salt, tuple(arms))
    found = map(assignment.arm_of, user_ids.tolist())
    return np.array([arm.variant_id if arm else -1 for arm in found])


def _tell(readers: _Readers, is_seen: BoolArray, is_opened: BoolArray, day: int) -> int:
    """Rows as if each viewer had read a list of the day's generation."""
    rows, places = np.nonzero(is_seen & (readers.arms >= 0)[:, None])
    records = np.zeros(rows.size, record_type(_TYPES))
    variant_ids = np.array([variant.pk for variant in readers.variants])
    values = {
        "user_id": readers.user_ids[rows],
        "variant_id": variant_ids[readers.arms[rows]],
        "list_id": np.full(rows.size, day + 1),
        "movie_id": readers.movie_ids[rows, places],
        "shown_at": (_moment(day) + _NOON - _EPOCH) // _MICROSECOND + places,
        "opened": is_opened[rows, places],
    }
    records["columns"] = len(values)
    for name, kind in _TYPES:
        records[f"{name}_bytes"] = np.dtype(kind).itemsize
        records[name] = values[name]
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        copy_in("told", list(values), [records])
        cursor.execute(_INSERT)
        cursor.execute("TRUNCATE told")
    return int(rows.size)


def _look(experiment: Experiment, variants: list[Variant], *, at: datetime) -> Report:
    taken = looking.look(experiment_id=experiment.pk, at=at)
    if taken is None:
        taken = ExperimentLook.objects.filter(experiment=experiment).latest("pk")
    return report(taken, experiment, variants)
