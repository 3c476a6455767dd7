"""What operators ask for. Each request is a row; a worker does the work."""

from django.db import transaction

from apps.core.events import announce

from . import signals
from .models import Generation, ModelVersion


@transaction.atomic
def request_training(*, publish: bool = True) -> ModelVersion:
    """Ask for a new model; with `publish`, new lists of all users follow it."""
    version = ModelVersion.objects.create(publish=publish)
    announce(signals.training_requested, model_version_id=version.pk)
    return version


@transaction.atomic
def request_generation(*, model_version_id: int, publish: bool = True) -> Generation:
    """Ask for lists of all users made with a model that is READY."""
    generation = Generation.objects.create(model_version_id=model_version_id, publish=publish)
    announce(signals.generation_requested, generation_id=generation.pk)
    return generation
