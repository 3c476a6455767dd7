"""Long runs in a command: done here, shown as they go, and left to the workers on Ctrl-C."""

import time
from typing import TYPE_CHECKING

from django.core.management.base import CommandError
from django.utils import timezone
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from apps.movies.sync_progress import progress_of
from apps.recommendations.gate import told_of
from apps.recommendations.models import ModelMeasurement, ModelVersion
from apps.recommendations.quality import HEADINGS, quality_of
from apps.recommendations.training_progress import percent_done, seconds_told
from services.catalog import running
from services.recommendations import building, measuring, solving, training
from workers.columns import aligned

if TYPE_CHECKING:
    from apps.movies.models import SyncRun


def train(model_version_id: int, console: Console) -> int | None:
    """Train to the end; the id of the generation that follows, if one does.

    Raises CommandError if the run fails or is cancelled.
    """
    started = time.monotonic()
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("training", total=100)
        for version in training.run_training(
            model_version_id=model_version_id, clock=timezone.now, sleep=time.sleep
        ):
            done = percent_done(version, shards_done=solving.shards_done(version.pk))
            progress.update(bar, completed=done, description=f"training: {version.phase}")
    if version.state != training.State.READY:
        raise CommandError(f"The training ended as {version.state}. {version.error}")
    console.print(
        f"Model {version.pk} ({version.kind}): {version.item_count:,} films,"
        f" {version.unrated_item_count:,} of them without ratings,"
        f" {version.rating_count:,} ratings{_of_them_simulated(version.simulated_rating_count)},"
        f" {time.monotonic() - started:.1f} s ({seconds_told(version)})."
    )
    _show_gate(version, console)
    return building.generation_of(model_version_id)


def _show_gate(version: ModelVersion, console: Console) -> None:
    told = told_of(version.gate)
    lines = [f"Gate: {told.sentence}", *(f"  {name}: {text}" for name, text in told.rows)]
    console.print("\n".join(lines), soft_wrap=True, markup=False, highlight=False)


def sync(sync_run_id: int, console: Console, *, shown: bool) -> "SyncRun":
    """Sync to the end, next to any workers; the run as it ended."""
    steps = running.run_sync(sync_run_id=sync_run_id, clock=timezone.now, sleep=time.sleep)
    with Progress(console=console, transient=True, disable=not shown) as progress:
        bar = progress.add_task("preparing", total=None)
        for run in steps:  # the last one is how it ended
            share = progress_of(run)
            progress.update(
                bar,
                completed=share or 0,
                total=None if share is None else 1,
                # TMDb's own words may look like markup.
                description=escape(f"{run.phase} {run.error}".strip()),
            )
    return run


def sync_summary(run: "SyncRun", *, seconds: float) -> str:
    """Counts in one line, what failed in a line each, and what of TMDb's answers was dropped."""
    counts = ("seen", "created", "updated", "unchanged", "tombstoned", "failed", "requests")
    told = ", ".join(f"{getattr(run, name):,} {name}" for name in counts)
    failures = [f"  {note['tmdb_id']}: {note['reason']}" for note in run.failures]
    dropped = ", ".join(f"{reason} {count:,}" for reason, count in sorted(run.dropped.items()))
    lines = [f"Sync {run.pk} ({run.kind}) is {run.state} after {seconds:.1f} s: {told}."]
    return "\n".join([*lines, *failures, *([f"Dropped: {dropped}."] if dropped else [])])


def _of_them_simulated(count: int) -> str:
    return f" ({count:,} of them simulated)" if count else ""


def build(generation_id: int, console: Console) -> None:
    """Build all lists of the generation. Raises CommandError if that fails or is cancelled."""
    started = time.monotonic()
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("building lists", total=None)
        for generation in building.run_generation(
            generation_id=generation_id, clock=timezone.now, sleep=time.sleep
        ):
            done = building.shards_done(generation)
            progress.update(bar, completed=done, total=generation.shard_count or None)
    if generation.state in building.UNSUCCESSFUL_STATES:
        raise CommandError(f"The build ended as {generation.state}. {generation.error}")
    seconds = time.monotonic() - started
    console.print(
        f"Generation {generation.pk} is {generation.state}: {generation.list_count:,} lists,"
        f" {seconds:.1f} s, {generation.list_count / seconds:,.0f} users/s."
    )
    if generation.refusal:
        console.print(f"Not published by itself: {generation.refusal}")


def measure(measurement_id: int, console: Console) -> None:
    """Measure to the end and show the figures. Raises CommandError if it fails or is cancelled."""
    steps = measuring.run_measurement(
        measurement_id=measurement_id, clock=timezone.now, sleep=time.sleep
    )
    measurement = None
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("measuring", total=100)
        for measurement in steps:
            progress.update(bar, completed=measurement.percent_done)
    if measurement is None:
        raise CommandError("The measurement is gone: it was asked for anew, or its model removed.")
    if measurement.state != ModelMeasurement.State.DONE:
        raise CommandError(f"The measurement ended as {measurement.state}. {measurement.error}")
    _show_quality(measurement, console)


def _show_quality(measurement: ModelMeasurement, console: Console) -> None:
    """A line for each row however narrow the terminal: what is cut into cells is hard to read."""
    quality = quality_of(measurement.model_version.metrics)
    lines = [f"Model {measurement.model_version_id}: {quality.sentence}"]
    if quality.rows:
        lines += aligned([HEADINGS, *quality.rows])
    console.print("\n".join(lines), soft_wrap=True, markup=False, highlight=False)
