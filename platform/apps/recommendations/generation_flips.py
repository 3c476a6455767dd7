"""What operators do with generations over the API; each is in the audit trail with its effect."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db import transaction
from django.utils import timezone

from apps.core.errors import APIError, ErrorCode

from . import actions, publishing
from .models import Generation, ModelVersion
from .publishing import Expected, RolledBack


@transaction.atomic
def request_lists(*, operator_id: int, publish: bool, model_version_id: int | None) -> Generation:
    version_id = model_version_id or _newest_ready_model_id()
    try:
        generation = actions.request_lists(model_version_id=version_id, publish=publish)
    except actions.ModelNotReadyError as error:
        raise APIError(ErrorCode.MODEL_NOT_READY) from error
    except actions.StillOpenError as error:
        raise APIError(ErrorCode.GENERATION_OPEN, f"Nothing was done: {error}.") from error
    _note(operator_id, generation, f"Asked for, with model {version_id}.", flag=ADDITION)
    return generation


@transaction.atomic
def publish(*, operator_id: int, generation: Generation, expected_active: Expected) -> None:
    with _refusals_told():
        published = publishing.publish(
            generation_id=generation.pk, at=timezone.now(), expected_active_id=expected_active
        )
    if not published:
        # What a worker would have noted, that it is overtaken, is undone with the error.
        raise APIError(
            ErrorCode.GENERATION_NOT_PUBLISHABLE, "Nothing was done: a newer one is active."
        )
    _note(operator_id, generation, "Published.")


@transaction.atomic
def roll_back(
    *, operator_id: int, generation_id: int | None, expected_active: Expected
) -> RolledBack:
    with _refusals_told():
        rolled_back = publishing.roll_back(
            at=timezone.now(), generation_id=generation_id, expected_active_id=expected_active
        )
    names = rolled_back.held_back.names()
    text = f"Rolled back to. Kept back: {names}." if names else "Rolled back to."
    _note(operator_id, rolled_back.generation, text)
    return rolled_back


@transaction.atomic
def cancel(*, operator_id: int, generation: Generation) -> None:
    try:
        actions.cancel_generation(generation_id=generation.pk, at=timezone.now())
    except actions.NotOpenError as error:
        raise APIError(ErrorCode.GENERATION_ENDED) from error
    _note(operator_id, generation, "Cancelled.")


@contextmanager
def _refusals_told() -> Iterator[None]:
    try:
        yield
    except publishing.ActiveChangedError as error:
        raise APIError(ErrorCode.ACTIVE_GENERATION_CHANGED) from error
    except publishing.NotPublishableError as error:
        text = f"Nothing was done: {error}."
        raise APIError(ErrorCode.GENERATION_NOT_PUBLISHABLE, text) from error


def _newest_ready_model_id() -> int:
    ready = ModelVersion.objects.filter(state=ModelVersion.State.READY).order_by("-pk")
    version_id = ready.values_list("pk", flat=True).first()
    if version_id is None:
        raise APIError(ErrorCode.MODEL_NOT_READY, "No model is ready: train one first.")
    return version_id


def _note(operator_id: int, generation: Generation, text: str, *, flag: int = CHANGE) -> None:
    LogEntry.objects.log_actions(operator_id, [generation], flag, text)
