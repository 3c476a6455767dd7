"""`manage.py experiments [NAME]`: what runs, what was found, and its begin and end."""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.recommendations import actions
from apps.recommendations.experimenting.reports import report
from apps.recommendations.experimenting.sentences import sentence_of
from apps.recommendations.models import Experiment, Generation, Variant
from services.recommendations import looking
from workers.columns import aligned

HEADINGS = ("name", "state", "metric", "days", "started", "stopped")
UNKNOWN = "-"

_HELP = """\
List the newest experiments, or show one: its variants, and what was found at the last look.
Workers look at the one that runs every night. They are noted down over the API
(POST /api/v1/ops/experiments/).

Exit codes: 0 done; 1 no such experiment, or it is not in a state for that; 2 wrong usage. With 1
and 2 nothing was done.
"""


class Command(BaseCommand):
    help = _HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", metavar="NAME", help="show this one")
        parser.add_argument("--limit", type=int, default=10, help="how many are listed (10)")
        wanted = parser.add_mutually_exclusive_group()
        wanted.add_argument(
            "--start", action="store_true", help="let it run: everybody's lists are built anew"
        )
        wanted.add_argument("--look", action="store_true", help="look here and now")
        wanted.add_argument(
            "--stop", metavar="REASON", help="end it for good: the usual lists are built again"
        )

    def handle(self, *_: Any, name: str | None, limit: int, **wanted: Any) -> None:
        if name is None:
            if wanted["start"] or wanted["look"] or wanted["stop"] is not None:
                raise CommandError("Name the experiment.", returncode=2)
            newest = Experiment.objects.order_by("-pk")[: max(limit, 0)]
            self._say(aligned([HEADINGS, *map(_cells, newest)]))
            return
        experiment = _found(name)
        try:
            self._say(_done(experiment, now=timezone.now(), **wanted))
        except actions.ExperimentRefusedError as error:
            raise CommandError(f"Nothing was done: {error}.") from error
        self._say(_told(_found(name)))

    def _say(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.stdout.write(line)


def _found(name: str) -> Experiment:
    experiment = Experiment.objects.filter(name=name).first()
    if experiment is None:
        raise CommandError(f"There is no experiment {name}.")
    return experiment


def _done(
    experiment: Experiment, *, now: datetime, start: bool, look: bool, stop: str | None, **_: Any
) -> Iterator[str]:
    if start:
        yield _followed(actions.start_experiment(experiment_id=experiment.pk, at=now))
    if stop is not None:
        if not stop.strip():
            raise CommandError("Say why it is stopped.", returncode=2)
        yield _followed(
            actions.stop_experiment(experiment_id=experiment.pk, at=now, reason=stop.strip())
        )
    if look and looking.look(experiment_id=experiment.pk, at=now) is None:
        is_draft = experiment.state == Experiment.State.DRAFT
        why = "it has not been started" if is_draft else "the last look was taken at its end"
        yield f"There is nothing new to look at: {why}."


def _followed(generation: Generation | None) -> str:
    if generation is None:
        return "Lists follow with the next training."
    return f"Generation {generation.pk} is asked for: once it is published, its lists follow."


def _cells(experiment: Experiment) -> tuple[str, ...]:
    return (
        experiment.name,
        experiment.state,
        experiment.metric,
        str(experiment.max_days),
        _moment(experiment.started_at),
        _moment(experiment.stopped_at),
    )


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else UNKNOWN


def _told(experiment: Experiment) -> Iterator[str]:
    reason = f" ({experiment.stop_reason})" if experiment.stop_reason else ""
    yield f"{experiment.name}: {experiment.state}{reason}"
    variants = list(experiment.variants.all())
    yield from map(_share, variants)
    newest = experiment.looks.order_by("-pk").first()
    if newest is None:
        yield "Nobody has looked yet."
        return
    found = report(newest, experiment, variants)
    yield f"As of {_moment(newest.taken_at)} UTC:"
    for each in found.variants:
        yield f"{sentence_of(found, each)}; {each.viewers:,} viewers"
    if found.is_mismatched:
        yield f"The viewers are not divided as the shares say (p = {found.mismatch_p:.1g})."


def _share(variant: Variant) -> str:
    changed = ", ".join(f"{name} = {value}" for name, value in variant.pipeline.items())
    made = changed or ("the usual settings" if variant.kind == Variant.Kind.PIPELINE else "")
    return f"{variant}: {variant.share / 10:g} % of all viewers, {made or 'popular films alone'}"
