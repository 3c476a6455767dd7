"""`manage.py measure [MODEL_VERSION]`: how well a model's method ranks on own ratings."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console

from apps.recommendations import actions
from apps.recommendations.models import ModelMeasurement
from services.recommendations import building
from workers import progress

INTERRUPTED = 130

_HELP = """\
Measure how well popularity, local ridge and the blend rank what the platform's own viewers liked,
fitted anew on a sample of the ratings that the model version learned from, and store the figures
with the version. Works here, next to any workers; what Ctrl-C leaves undone they finish. If the
version is being measured already, this joins it.

Exit codes: 0 measured, or skipped because there are too few ratings; 1 failed, cancelled or no such
model that is ready; 2 wrong usage; 130 interrupted.
"""


class Command(BaseCommand):
    help = _HELP

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "model_version",
            type=int,
            nargs="?",
            metavar="MODEL_VERSION",
            help="id of a model version that is ready, by default the newest",
        )
        parser.add_argument(
            "--no-wait", action="store_true", help="only request it; the workers do the rest"
        )

    def handle(self, *_: Any, model_version: int | None, no_wait: bool, **__: Any) -> None:
        console = Console(file=self.stdout)  # type: ignore[arg-type]  # OutputWrapper is a TextIO
        measurement = self._request(model_version)
        if no_wait:
            return
        try:
            progress.measure(measurement.pk, console)
        except KeyboardInterrupt:
            raise CommandError(
                "Interrupted: the workers go on with it.", returncode=INTERRUPTED
            ) from None

    def _request(self, model_version: int | None) -> ModelMeasurement:
        """Raises CommandError where there is no such model that is ready."""
        model_version_id = building.newest_ready_model() if model_version is None else model_version
        if model_version_id is None:
            raise CommandError("No model is ready. Run `manage.py train` first.")
        try:
            measurement = actions.request_metrics(model_version_id=model_version_id)
        except actions.ModelNotReadyError as error:
            raise CommandError(f"Nothing was done: {error}.") from error
        except actions.StillOpenError:
            self.stdout.write(f"Model {model_version_id} is being measured already: joined.")
            return ModelMeasurement.objects.get(model_version=model_version_id)
        self.stdout.write(f"A measurement of model {model_version_id} is requested.")
        return measurement
