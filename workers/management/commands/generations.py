from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from apps.recommendations.generation_progress import progress_of, with_shards_done
from apps.recommendations.models import Generation

HEADINGS = ("id", "model", "state", "built", "lists", "overlap", "churn", "films", "fallback")
UNKNOWN = "-"


class Command(BaseCommand):
    help = (
        "List the newest generations of lists, what they differ in from those that were read "
        "before, and why any of them was not published by itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, default=10, help="how many (10)")

    def handle(self, *_: Any, limit: int, **__: Any) -> None:
        newest = with_shards_done(Generation.objects.order_by("-pk"))[: max(limit, 0)]
        rows = [(generation, _cells(generation)) for generation in newest]
        columns = zip(HEADINGS, *(cells for _, cells in rows), strict=True)
        widths = [max(map(len, column)) for column in columns]
        self.stdout.write(_line(HEADINGS, widths))
        for generation, cells in rows:
            self.stdout.write(_line(cells, widths))
            if generation.refusal:
                self.stdout.write(f"    {generation.refusal}")


def _cells(generation: Any) -> tuple[str, ...]:
    found = generation.difference
    lists = found.get("lists", {})
    return (
        str(generation.pk),
        str(generation.model_version_id),
        generation.state,
        _share(progress_of(generation, shards_done=generation.shards_done)),
        f"{generation.list_count:,}",
        _share(found.get("overlap")),
        _share(found.get("churn")),
        _share(lists.get("film_share")),
        _share(lists.get("fallback_share")),
    )


def _share(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.1%}"


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    return "  ".join(map(str.ljust, cells, widths)).rstrip()
