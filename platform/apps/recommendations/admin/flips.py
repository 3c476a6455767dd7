"""What operators agree to before another generation becomes the active one, and what refuses it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import HttpRequest

from apps.core.operator_actions import Confirmation, NotDoneError
from apps.recommendations import publishing
from apps.recommendations.held_back import publishing_themselves
from apps.recommendations.models import ActiveGeneration, Generation

AT_ONCE = "This happens at once, in this request, with or without workers."


def posted_number(request: HttpRequest, name: str, meaning: str = "") -> int:
    """The row that the form names as `name`, by default for a `meaning` of the same name.

    Raises NotDoneError where it names none.
    """
    try:
        return int(request.POST.get(name, ""))
    except ValueError as error:
        raise NotDoneError(f"Nothing was done: the form names no {meaning or name}.") from error


def agreed_active_id(request: HttpRequest) -> int | None:
    """The generation that was active when the operator was asked; None if none was."""
    return (
        posted_number(request, "active", "active generation")
        if request.POST.get("active")
        else None
    )


@contextmanager
def refusals_told() -> Iterator[None]:
    """Tell the operator why a flip did nothing."""
    try:
        yield
    except (
        publishing.NotPublishableError,
        publishing.ActiveChangedError,
        publishing.FlipTimeoutError,
    ) as error:
        raise NotDoneError(f"Nothing was done: {error}.") from error


def confirm_return(target: Generation) -> Confirmation:
    active = _active()
    return Confirmation(
        question=f"Go back to generation {target.pk}, made with {target.model_version}?",
        consequences=(
            *_what_changes(active, target),
            "Viewers who wrote something since get a list by the old model within seconds.",
            *publishing_themselves().sentences(verb="will be"),
            AT_ONCE,
        ),
        carried={"generation": target.pk, "active": active.pk if active else ""},
    )


def confirm_publication(generation: Generation) -> Confirmation:
    active = _active()
    if active and active.pk > generation.pk:
        raise NotDoneError(f"Nothing was done: generation {active.pk}, a newer one, is active.")
    return Confirmation(
        question=f"Publish generation {generation.pk} ({generation.list_count:,} lists)?",
        consequences=(
            *((generation.refusal,) if generation.refusal else ()),
            *_what_changes(active, generation),
            AT_ONCE,
        ),
        carried={"active": active.pk if active else ""},
    )


def _active() -> Generation | None:
    row = ActiveGeneration.objects.select_related("generation").first()
    return row.generation if row else None


def _what_changes(active: Generation | None, target: Generation) -> tuple[str, ...]:
    now = f"generation {active.pk} ({active.list_count:,} lists)" if active else "popular films"
    return (
        f"Everybody reads {now} now.",
        f"Everybody will read generation {target.pk} ({target.list_count:,} lists, built "
        f"{target.snapshot_at:%Y-%m-%d %H:%M} UTC)."
        if target.snapshot_at
        else f"Everybody will read generation {target.pk}.",
    )
