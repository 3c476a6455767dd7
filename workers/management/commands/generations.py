from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from apps.recommendations.generation_progress import progress_of, with_shards_done
from apps.recommendations.models import Generation
from workers.columns import aligned

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
        headings, *lines = aligned([HEADINGS, *map(_cells, newest)])
        self.stdout.write(headings)
        for generation, line in zip(newest, lines, strict=True):
            self.stdout.write(line)
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
