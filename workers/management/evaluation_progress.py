"""How far an evaluation is, on a terminal only."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO, cast

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as Bars

from services.imports.source_files import PACKED, SourceFile
from services.recommender.evaluation.running import Progress

# Training a model takes about as long as making the lists to measure it with.
_TRAINED = 0.5


class EvaluationBar:
    """A bar for each file that is read, and one for all runs of models."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._runs = bars.add_task("", total=None, visible=False)
        self._finished = 0

    def wrap(self, file: IO[bytes], source: SourceFile) -> IO[bytes]:
        """The file; of a packed one nobody knows how long it is."""
        text = f"Reading {escape(source.name)}"
        if source.name.lower().endswith(PACKED):
            self._bars.add_task(text, total=None)
            return file
        return self._bars.wrap_file(cast("BinaryIO", file), total=source.size, description=text)

    def begin(self, runs: int) -> None:
        for task in self._bars.task_ids:
            self._bars.update(task, visible=task == self._runs)
        self._bars.update(self._runs, total=runs, description="Starting")

    def report(self, progress: Progress) -> None:
        share = _share(progress)
        doing = {"split": "splitting", "train": "training", "score": "ranking films"}
        text = f"Seed {progress.seed}: {doing[progress.phase]} {progress.model}".rstrip()
        self._bars.update(self._runs, description=text, completed=self._finished + share)

    def finish_run(self) -> None:
        self._finished += 1
        self._bars.update(self._runs, completed=self._finished)


def _share(progress: Progress) -> float:
    """How much of one model's run on one split is done."""
    done = progress.done / max(progress.total, 1)
    if progress.phase == "split":
        return 0.0
    return _TRAINED * done if progress.phase == "train" else _TRAINED + (1 - _TRAINED) * done


@contextmanager
def evaluation_bar(console: Console) -> Iterator[EvaluationBar]:
    with Bars(console=console, transient=True, disable=not console.is_terminal) as bars:
        yield EvaluationBar(bars)
