"""`manage.py evaluate`: how well each model ranks what viewers liked."""

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console

from services.evaluation import plots
from services.evaluation.comparing import Comparison, compare_models
from services.evaluation.films import read_films
from services.evaluation.ratings import RatingsRead, read_ratings
from services.evaluation.running import Finished, Plan, run
from services.evaluation.summaries import summary
from services.imports.catalogue_files import CatalogueFile
from services.imports.rating_scales import ScaleError
from services.imports.source_files import MovieLensFileError
from services.recommender.recency import RecencySettings
from services.recommender.registry import MODELS
from workers.management.evaluation_arguments import (
    HELP,
    INTERRUPTED,
    LAST_LINE,
    SCALES,
    add_arguments,
)
from workers.management.evaluation_progress import EvaluationBar, evaluation_bar
from workers.management.evaluation_report import data_lines, reasons, result_tables
from workers.management.evaluation_tables import WIDTH, rendered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
_USUAL_BASELINE = "popularity"
# Ranks films that nobody rated, so that without facts there is nothing to rank them by.
_NEEDS_FACTS = "cold-items"
_KNOWS_AGES = "time"


@dataclass(frozen=True)
class _Evaluation:
    """What was evaluated on what, as far as it went."""

    plan: Plan
    finished: Finished
    ratings: RatingsRead
    films: CatalogueFile | None
    interrupted: bool


class Command(BaseCommand):
    help = HELP
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        add_arguments(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        baseline = _baseline(options)
        _refuse_contradictions(options)
        _refuse_unwritable(options)
        evaluation = self._evaluate(options)
        results = evaluation.finished.results()
        if not results:
            _fail_without_results(evaluation)
        comparison = compare_models(results, baseline=baseline, protocol=options["protocol"])
        parts = result_tables(evaluation.plan, evaluation.finished, comparison)
        width = get_terminal_size().columns if self.stdout.isatty() else WIDTH
        self.stdout.write(rendered(parts, width=width))
        with _writing_reported():
            if options["plots"]:
                self._plot(evaluation, comparison, options["plots"])
            self._write_json(evaluation, comparison, options["json"])
        if evaluation.interrupted:
            raise CommandError(
                "Interrupted: what is above had been finished.", returncode=INTERRUPTED
            )

    def _evaluate(self, options: dict[str, Any]) -> _Evaluation:
        with _failures_reported(), evaluation_bar(Console(stderr=True)) as bar:
            ratings = _read_ratings(options, bar)
            films = _read_films(options, ratings, bar, self.stdout.write)
            self.stdout.write(data_lines(ratings, films))
            plan = Plan(
                events=ratings.events,
                catalogue=None if films is None else films.catalogue,
                protocol=options["protocol"],
                seeds=options["seeds"],
                models={name: MODELS[name] for name in options["models"]},
                part=options["on"],
                recency=_recency(options),
            )
            finished = Finished()
            interrupted = _run(plan, finished, bar)
        return _Evaluation(plan, finished, ratings, films, interrupted)

    def _plot(self, evaluation: _Evaluation, comparison: Comparison, folder: Path) -> None:
        for file in _plots(evaluation, comparison, folder):
            self.stdout.write(f"Plot: {file}")

    def _write_json(
        self, evaluation: _Evaluation, comparison: Comparison, file: Path | None
    ) -> None:
        if file is None:
            return
        told = json.dumps(
            summary(
                evaluation.plan,
                evaluation.finished,
                comparison,
                ratings=evaluation.ratings,
                films=evaluation.films,
                interrupted=evaluation.interrupted,
            )
        )
        if file == LAST_LINE:
            self.stdout.write(told)
        else:
            file.write_text(f"{told}\n")
            self.stdout.write(f"JSON: {file}")


def _baseline(options: dict[str, Any]) -> str:
    names: list[str] = options["models"]
    chosen: str | None = options["baseline"]
    if chosen is None:
        return _USUAL_BASELINE if _USUAL_BASELINE in names else names[0]
    if chosen not in names:
        raise CommandError(f"The baseline {chosen!r} is not one of the models {', '.join(names)}.")
    return chosen


def _refuse_contradictions(options: dict[str, Any]) -> None:
    if options["half_life"] is not None and options["protocol"] != _KNOWS_AGES:
        raise CommandError(f"--half-life is for --protocol {_KNOWS_AGES}: no other knows ages.")
    if options["floor"] is not None and options["half_life"] is None:
        raise CommandError("--floor needs a --half-life.")
    if options["links"] is not None and options["catalogue"] is None:
        raise CommandError("--links join a --catalogue: name it.")


def _recency(options: dict[str, Any]) -> RecencySettings | None:
    if options["half_life"] is None:
        return None
    settings = RecencySettings(half_life=options["half_life"])
    floor: float | None = options["floor"]
    return settings if floor is None else replace(settings, floor=floor)


def _refuse_unwritable(options: dict[str, Any]) -> None:
    """Before hours are spent on figures that cannot be kept."""
    with _writing_reported():
        if options["plots"]:
            plots.require_matplotlib()
            options["plots"].mkdir(parents=True, exist_ok=True)
        if options["json"] not in (None, LAST_LINE):
            _refuse_unwritable_file(options["json"], sources=_sources(options))


def _refuse_unwritable_file(file: Path, *, sources: list[Path]) -> None:
    """It is left as it was: where nothing comes to be written, nothing stands there."""
    is_new = not file.exists()
    file.open("a").close()
    if is_new:
        file.unlink()
    elif any(source.exists() and file.samefile(source) for source in sources):
        raise CommandError(f"{file} is what is to be read: name another file for the figures.")


def _sources(options: dict[str, Any]) -> list[Path]:
    return [options[name] for name in ("ratings", "catalogue", "links") if options[name]]


def _read_ratings(options: dict[str, Any], bar: EvaluationBar) -> RatingsRead:
    return read_ratings(
        options["ratings"],
        highest=SCALES[options["scale"]],
        max_users=options["max_users"],
        wrap=bar.wrap,
    )


def _read_films(
    options: dict[str, Any], ratings: RatingsRead, bar: EvaluationBar, tell: "Callable[[str], Any]"
) -> CatalogueFile | None:
    """A file that nobody named may be of another kind: then it is told, and does without."""
    films = None
    if ratings.named_items:
        if options["catalogue"]:
            raise CommandError("The ids of items are texts, which no catalogue knows.")
    else:
        try:
            films = read_films(
                options["ratings"],
                catalogue=options["catalogue"],
                links=options["links"],
                wrap=bar.wrap,
            )
        except MovieLensFileError as error:
            if options["catalogue"]:
                raise
            tell(f"Nothing is known of the films: {error}.")
    if films is None and options["protocol"] == _NEEDS_FACTS:
        raise CommandError(
            f"The protocol {_NEEDS_FACTS} ranks films that nobody rated by what is known of them: "
            "name a --catalogue."
        )
    return films


def _run(plan: Plan, finished: Finished, bar: EvaluationBar) -> bool:
    """Whether it was interrupted."""
    bar.begin(len(plan.runs()))
    try:
        for _ in run(plan, finished, clock=time.perf_counter, report=bar.report):
            bar.finish_run()
    except KeyboardInterrupt:
        return True
    return False


def _plots(evaluation: _Evaluation, comparison: Comparison, folder: Path) -> "Iterator[Path]":
    metric = comparison.metrics[-1]
    plan, results = evaluation.plan, evaluation.finished.results()
    title = f"Protocol {plan.protocol} on {evaluation.ratings.name} ({plan.part} users)"
    if plots.COVERAGE in results[0].metrics:
        file = folder / f"{plan.protocol}-quality-coverage.png"
        plots.plot_quality_and_coverage(
            results, metric=metric, title=f"Quality against coverage\n{title}", file=file
        )
        yield file
    file = folder / f"{plan.protocol}-learning-curve.png"
    curves = [curve for curve in comparison.curves if curve and curve[0].metric == metric]
    plots.plot_learning_curves(curves, metric=metric, title=f"Learning curve\n{title}", file=file)
    yield file


def _fail_without_results(evaluation: _Evaluation) -> None:
    if evaluation.interrupted:
        raise CommandError("Interrupted before any model was finished.", returncode=INTERRUPTED)
    raise CommandError("\n".join(reasons(evaluation.finished)))


@contextmanager
def _failures_reported() -> "Iterator[None]":
    try:
        yield
    except (MovieLensFileError, ScaleError) as error:
        raise CommandError(str(error)) from error
    except KeyboardInterrupt:
        raise CommandError("Interrupted while reading.", returncode=INTERRUPTED) from None


@contextmanager
def _writing_reported() -> "Iterator[None]":
    try:
        yield
    except (OSError, plots.PlotsUnavailableError) as error:
        raise CommandError(str(error)) from error
