"""What `manage.py evaluate` tells people: of the data, the models, and how they compare."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from services.evaluation.comparing import Comparison
from services.evaluation.ratings import RatingsRead
from services.evaluation.running import Finished, Plan
from services.evaluation.summaries import known_films
from services.imports.catalogue_files import CatalogueFile
from services.recommender.evaluation.results import Result
from services.recommender.evaluation.statistics import CurvePoint, Difference
from workers.management.evaluation_tables import SECONDS, Row, ValueTables

NEW_USERS = "new-users"


def data_lines(ratings: RatingsRead, films: CatalogueFile | None) -> str:
    """What was read, and what of it counts."""
    users, items = ratings.events.matrix.shape
    detected = "detected" if ratings.scale.detected else "as --scale says"
    count = f"{ratings.events.matrix.nnz:,} ratings by {users:,} users of {items:,} items"
    lines = [f"{ratings.name}: {count}, {ratings.scale} ({detected}).", *_of_dropped_rows(ratings)]
    if films is not None:
        known = known_films(films, ratings)
        lines.append(f"{films.name}: facts of {known:,} of the {items:,} items.")
    return "\n".join(lines)


def _of_dropped_rows(ratings: RatingsRead) -> Iterator[str]:
    if ratings.ungraded:
        yield f"{ratings.ungraded:,} ratings of 0 or less are left out: they tell of no opinion."
    if ratings.repeated:
        yield f"{ratings.repeated:,} ratings are repeated for the same user and item: one counts."
    if ratings.of_others:
        yield f"{ratings.of_others:,} ratings are of users that --max-users leaves out."
    if ratings.untimed:
        yield f"{ratings.untimed:,} ratings have no time, so the others' times do not count."


def result_tables(
    plan: Plan, finished: Finished, comparison: Comparison
) -> Iterator[RenderableType]:
    results = finished.results()
    rows = [result.row() for result in results]
    columns = (*results[0].metrics, *SECONDS)
    yield ValueTables(_title(plan, results), rows, columns)
    if comparison.differences:
        yield ValueTables(
            f"Differences from {comparison.baseline} for the same viewers",
            _difference_rows(comparison.differences),
            list(results[0].seeds[0].per_user),
        )
    if plan.protocol == NEW_USERS:
        yield from _history_tables(comparison)
    yield from map(Text, reasons(finished))


def reasons(finished: Finished) -> Iterator[str]:
    """Why models and seeds are left out."""
    for model, reason in finished.left_out.items():
        yield f"{model} is left out: {reason}."
    for seed, reason in finished.left_out_seeds.items():
        yield f"Seed {seed} is left out: {reason}."


def _title(plan: Plan, results: Sequence[Result]) -> str:
    longest = max(results, key=lambda result: len(result.seeds))
    seeds = ", ".join(str(each.seed) for each in longest.seeds)
    viewers = " + ".join(f"{count}" for count in longest.user_counts)
    return f"Protocol {plan.protocol}, seeds {seeds}: {viewers} {plan.part} users"


def _history_tables(comparison: Comparison) -> Iterator[RenderableType]:
    for metric in comparison.metrics:
        points = [point for curve in comparison.curves for point in curve if point.metric == metric]
        yield from _by_history(f"{metric} by films known of the viewer", _curve_rows(points))
    metric = comparison.metrics[-1]
    differences = [each for each in comparison.by_history if each.metric == metric]
    if differences:
        title = f"{metric} less that of {comparison.baseline}, by films known of the viewer"
        yield from _by_history(title, _history_rows(differences))


def _by_history(title: str, rows: Sequence[Row]) -> Iterator[RenderableType]:
    lengths = [name for name in rows[0] if name != "model" and not name.endswith("_se")]
    yield ValueTables(title, rows, lengths, decimals=3)


def _curve_rows(points: Sequence[CurvePoint]) -> list[Row]:
    cells = [(each.model, each.history, each.mean, each.standard_error) for each in points]
    return _rows(cells)


def _history_rows(differences: Sequence[Difference]) -> list[Row]:
    cells = [(each.model, each.history, each.mean, each.standard_error) for each in differences]
    return _rows(cells)


def _difference_rows(differences: Sequence[Difference]) -> list[Row]:
    cells = [(each.model, each.metric, each.mean, each.standard_error) for each in differences]
    return _rows(cells)


def _rows(cells: Sequence[tuple[str, str, float, float]]) -> list[Row]:
    """A row for each model, with a value and its error in each column."""
    rows: dict[str, dict[str, str | float]] = {}
    for model, column, value, error in cells:
        row = rows.setdefault(model, {"model": model})
        row[column], row[f"{column}_se"] = value, error
    return [*rows.values()]
