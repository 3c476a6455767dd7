"""Looks at experiments: what was found is stored, what it decides is done, and operators are told.

Any number of looks may be taken at any time: the intervals and p-values hold at all of them.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from apps.recommendations import actions
from apps.recommendations.experimenting.reports import (
    Report,
    VariantReport,
    Verdict,
    p_values,
    report,
    stored_sums,
)
from apps.recommendations.experimenting.sentences import sentence_of
from apps.recommendations.experimenting.sums import AllSums, sums_of
from apps.recommendations.models import Alert, Experiment, ExperimentLook, Variant

from .alerts import raise_alert

State = Experiment.State


def experiments_to_look_at() -> list[int]:
    """Those that run, and those that were stopped since the last look at them."""
    last = ExperimentLook.objects.filter(
        experiment=OuterRef("pk"), taken_at__gte=OuterRef("stopped_at")
    )
    due = Q(state=State.RUNNING) | (Q(state=State.STOPPED) & ~Exists(last))
    return list(Experiment.objects.filter(due).order_by("pk").values_list("pk", flat=True))


def look(*, experiment_id: int, at: datetime) -> ExperimentLook | None:
    """Take a look; None for an experiment that is gone or whose last look has been taken.

    One that harms viewers or has lasted as long as it was to last is stopped. Who wins is for
    operators to decide.
    """
    if experiment_id not in experiments_to_look_at():
        return None
    experiment = Experiment.objects.get(pk=experiment_id)
    sums = sums_of(experiment, until=experiment.stopped_at or at)
    with transaction.atomic():
        actions.lock_experiments()
        stopped_at = experiment.stopped_at
        experiment.refresh_from_db()
        if experiment.stopped_at != stopped_at:
            # Whoever stopped it has asked for a look that ends with that moment.
            return None
        return _store(experiment, sums, at=at)


def _store(experiment: Experiment, sums: AllSums, *, at: datetime) -> ExperimentLook:
    variants = list(experiment.variants.order_by("position"))
    before = experiment.looks.order_by("-pk").first()
    least = before.p_values if before else {}
    taken = ExperimentLook.objects.create(
        experiment=experiment,
        taken_at=at,
        sums=stored_sums(sums),
        p_values=p_values(experiment, variants, sums, before=least),
    )
    known = report(before, experiment, variants) if before else None
    _act(report(taken, experiment, variants), known, at=at)
    return taken


def reason_to_stop(found: Report, *, at: datetime) -> str | None:
    """A holdback is there to lose, so that it loses is no reason."""
    for each in found.variants:
        if each.verdict is Verdict.WORSE and each.variant.kind != Variant.Kind.POPULARITY:
            return f"{each.variant} harms: {sentence_of(found, each)}"
    days = found.experiment.max_days
    started_at = found.experiment.started_at
    if started_at and at >= started_at + timedelta(days=days):
        return f"its {days} days are over"
    return None


def _act(found: Report, before: Report | None, *, at: datetime) -> None:
    for text in _news(found, before):
        raise_alert(kind=Alert.Kind.EXPERIMENT, subject=str(found.experiment), text=text, at=at)
    reason = reason_to_stop(found, at=at)
    if found.experiment.state == State.RUNNING and reason:
        actions.stop_experiment(experiment_id=found.experiment.pk, at=at, reason=reason)


def _news(found: Report, before: Report | None) -> Iterator[str]:
    """What is decided now and was not before."""
    known = {each.variant.pk: each.verdict for each in before.variants} if before else {}
    for each in found.variants:
        if each.verdict is not known.get(each.variant.pk) and _is_told(each):
            yield sentence_of(found, each)
    if found.is_mismatched and not _was_mismatched(found):
        yield f"the viewers are not divided as the shares say (p = {found.mismatch_p:.1g})"


def _was_mismatched(found: Report) -> bool:
    """At any look before: the division may come near the shares in between."""
    variants = [each.variant for each in found.variants]
    earlier = found.experiment.looks.filter(pk__lt=found.look.pk)
    return any(report(each, found.experiment, variants).is_mismatched for each in earlier)


def _is_told(each: VariantReport) -> bool:
    """A holdback that loses is as expected."""
    expected = Verdict.WORSE if each.variant.kind == Variant.Kind.POPULARITY else None
    return each.verdict in {Verdict.BETTER, Verdict.WORSE} and each.verdict is not expected
