from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.recommendations import actions
from apps.recommendations.experimenting.reports import report
from apps.recommendations.experimenting.sentences import sentence_of
from apps.recommendations.models import Experiment
from services.recommendations import looking


class Command(BaseCommand):
    help = (
        "Show all experiments, or start, look at or stop one. They are noted down over the API "
        "(POST ops/experiments/). Workers look at those that run every night."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", help="of an experiment; its report is shown")
        wanted = parser.add_mutually_exclusive_group()
        wanted.add_argument("--start", action="store_true", help="have its lists built")
        wanted.add_argument("--look", action="store_true", help="look here and now")
        wanted.add_argument("--stop", metavar="REASON", help="have the usual lists built again")

    def handle(
        self, *_: Any, name: str | None, start: bool, look: bool, stop: str | None, **__: Any
    ) -> None:
        if name is None:
            if start or look or stop is not None:
                raise CommandError("Name the experiment.")
            self._say(map(_line, Experiment.objects.order_by("-pk")))
            return
        experiment = _found(name)
        now = timezone.now()
        try:
            if start:
                actions.start_experiment(experiment_id=experiment.pk, at=now)
            if stop is not None:
                actions.stop_experiment(experiment_id=experiment.pk, at=now, reason=stop)
        except actions.ExperimentRefusedError as error:
            raise CommandError(f"Nothing was done: {error}.") from error
        if look:
            looking.look(experiment_id=experiment.pk, at=now)
        self._say(_told(_found(name)))

    def _say(self, lines: Iterator[str]) -> None:
        for line in lines:
            self.stdout.write(line)


def _found(name: str) -> Experiment:
    experiment = Experiment.objects.filter(name=name).first()
    if experiment is None:
        raise CommandError(f"There is no experiment {name}.")
    return experiment


def _line(experiment: Experiment) -> str:
    reason = f" ({experiment.stop_reason})" if experiment.stop_reason else ""
    return f"{experiment.name}: {experiment.state}{reason}"


def _told(experiment: Experiment) -> Iterator[str]:
    yield _line(experiment)
    newest = experiment.looks.order_by("-pk").first()
    if newest is None:
        yield "Nobody has looked yet."
        return
    found = report(newest, experiment, list(experiment.variants.order_by("position")))
    for each in found.variants:
        yield f"{sentence_of(found, each)}; {each.viewers:,} viewers"
    if found.is_mismatched:
        yield f"The viewers are not divided as the shares say (p = {found.mismatch_p:.1g})."
