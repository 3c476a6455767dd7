"""Syncs with TMDb: ask for one, watch it, cancel it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.core.admin_display import NOTHING
from apps.core.operator_actions import Confirmation, NotDoneError, operator_action, user_id
from apps.core.run_admins import RUN_FIELDS, ActionRunAdmin
from apps.movies import actions
from apps.movies.models import SyncRun
from apps.movies.sync_progress import progress_of

Kind = SyncRun.Kind

REQUEST = "movies.add_syncrun"
CANCEL = "movies.change_syncrun"
_COUNTS = ("seen", "created", "updated", "unchanged", "tombstoned", "failed", "requests")
_LONG = ("scope", "failures", "dropped")


@contextmanager
def refusals_told() -> Iterator[None]:
    """Tell the operator why nothing is asked for or cancelled."""
    try:
        actions.require_credential()
        yield
    except actions.NotConfiguredError as error:
        raise NotDoneError(f"Nothing was done: {error}.") from error
    except actions.TooManyTitlesError as error:
        raise NotDoneError(f"Nothing was done: {error}. Choose fewer.") from error


def asked_text(asked: actions.SyncRequest) -> str:
    name = str(asked.run).capitalize()
    if not asked.joined:
        return f"{name} is asked for. Workers do it as fast as TMDb lets them."
    # Titles are added to an open run; what else is asked for here has no limits.
    if asked.run.kind != Kind.MOVIES and asked.run.scope:
        limits = ", ".join(f"{limit} {value}" for limit, value in asked.run.scope.items())
        return f"{name} is under way with {limits}: what you asked for was not started."
    return f"{name} was open already: it does what you asked for, too."


def _is_open(run: SyncRun) -> bool:
    return run.state in SyncRun.OPEN_STATES


def _sync_button(kind: Kind, label: str, description: str, *, confirm: str = "") -> Any:
    @operator_action(label=label, description=description, permission=REQUEST, confirm=confirm)
    def ask_for(self: "SyncRunAdmin", request: HttpRequest, _: QuerySet[SyncRun]) -> str:
        return self.ask_for(request, kind)

    return ask_for


@admin.register(SyncRun)
class SyncRunAdmin(ActionRunAdmin):
    list_display = (
        *("id", "kind", "state", "progress", "failed", "problem"),
        *("heartbeat", "asked", "took"),
        *("created", "updated", "unchanged", "tombstoned"),
    )
    list_filter = ("kind", "state")
    readonly_fields = ("progress", "took", "heartbeat", "failed_titles", "unusable")
    fieldsets = (
        (
            None,
            {
                "description": "A sync with TMDb. At most one of each kind is open; who asks for "
                "another joins it. First it is prepared, page by page; then any number of workers "
                "fetch the titles that it found.",
                "fields": (
                    *("kind", "state", "phase", "progress", "heartbeat"),
                    *("scope", "priority", "requested_by"),
                ),
            },
        ),
        ("Counts", {"fields": ("total", *_COUNTS)}),
        (
            "What went wrong",
            {
                "description": "One bad title never stops a run: it is counted, and its reason "
                "is here.",
                "fields": ("failed_titles", "unusable"),
            },
        ),
        RUN_FIELDS,
        ("Checkpoint", {"classes": ("collapse",), "fields": ("checkpoint",)}),
    )
    changelist_actions = (
        *("sync_genres", "sync_trending", "sync_lists", "sync_changes"),
        *("refresh_old", "blank_expired", "reconcile"),
    )
    change_actions = ("cancel",)

    sync_genres = _sync_button(Kind.GENRES, "Sync genres", "Fetch TMDb's genres")
    sync_trending = _sync_button(
        Kind.TRENDING, "Sync trending", "Fetch what is trending today and this week"
    )
    sync_lists = _sync_button(
        Kind.LISTS, "Sync lists", "Fetch popular, top rated, now playing and upcoming films"
    )
    sync_changes = _sync_button(
        Kind.CHANGES, "Sync changes", "Fetch what changed since the last day that was fetched"
    )
    refresh_old = _sync_button(
        Kind.REFRESH, "Refresh old titles", "Fetch the titles again that were not for long"
    )
    blank_expired = _sync_button(
        Kind.BLANK,
        "Blank expired titles",
        "Empty the facts that are older than TMDb's terms let us keep them",
        confirm="confirm_blank",
    )
    reconcile = _sync_button(
        Kind.EXPORT,
        "Reconcile with the export",
        "Compare the whole catalogue with TMDb's list of all titles",
        confirm="confirm_reconcile",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[SyncRun]:
        """What may be long is for the run's own page; progress is in the checkpoint."""
        found: QuerySet[SyncRun] = super().get_queryset(request)
        return found.defer(*_LONG)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # A button that was pressed has said so already.
        if request.method == "GET" and not len(messages.get_messages(request)):
            self._warn_without_credential(request)
        response: HttpResponse = super().changelist_view(request, extra_context)
        return response

    def _warn_without_credential(self, request: HttpRequest) -> None:
        try:
            actions.require_credential()
        except actions.NotConfiguredError as error:
            text = f"Nothing can be synced: {error}."
            self.message_user(request, text, messages.WARNING)

    @admin.display(description="Progress")
    def progress(self, run: SyncRun) -> SafeString | str:
        done = progress_of(run)
        if done is None:
            return NOTHING
        return format_html(
            '<progress value="{}" max="1"></progress>\N{NO-BREAK SPACE}{}\N{NO-BREAK SPACE}%',
            done,
            round(100 * done),
        )

    @admin.display(description="Failed titles, the first of them")
    def failed_titles(self, run: SyncRun) -> SafeString | str:
        return _table(
            ("TMDb id", "Reason"),
            [(failure.get("tmdb_id"), failure.get("reason")) for failure in run.failures],
        )

    @admin.display(description="What TMDb sent that could not be used")
    def unusable(self, run: SyncRun) -> SafeString | str:
        return _table(("Reason", "Times"), _sorted_counts(run.dropped))

    def ask_for(self, request: HttpRequest, kind: Kind) -> str:
        with transaction.atomic():
            with refusals_told():
                asked = actions.request_sync(
                    kind=kind,
                    priority=SyncRun.Priority.ADMIN,
                    requested_by_id=user_id(request),
                )
            if asked.joined:
                self.log_change(request, asked.run, "Asked for again.")
            else:
                self.log_addition(request, asked.run, "Asked for.")
        return asked_text(asked)

    def confirm_blank(self, request: HttpRequest, _: QuerySet[SyncRun]) -> Confirmation:  # noqa: ARG002
        return Confirmation(
            question="Empty the facts of all titles that are too old to keep?",
            consequences=(
                "It concerns titles from TMDb that no sync has refreshed for six months.",
                "Ids, titles, years and everything that viewers wrote stay.",
                "A later sync fills them again.",
            ),
        )

    def confirm_reconcile(self, request: HttpRequest, _: QuerySet[SyncRun]) -> Confirmation:  # noqa: ARG002
        return Confirmation(
            question="Compare the whole catalogue with TMDb's export?",
            consequences=(
                "What TMDb has and we have not is added, up to more than a million titles.",
                "Each new title is fetched by a request of its own.",
                "Titles that TMDb no longer has are marked as removed; nothing is deleted.",
                "You can cancel it at any time; what it has stored stays.",
            ),
        )

    @operator_action(
        label="Cancel",
        description="End this sync",
        permission=CANCEL,
        confirm="confirm_cancel",
        offered=_is_open,
    )
    def cancel(self, request: HttpRequest, run: SyncRun) -> str:
        with transaction.atomic():
            try:
                cancelled = actions.cancel_sync(sync_run_id=run.pk, at=timezone.now())
            except actions.NotOpenError as error:
                raise NotDoneError(f"Nothing was done: {error}.") from error
            self.log_change(request, cancelled, "Cancelled.")
        return f"{str(cancelled).capitalize()} is cancelled. What it has stored stays."

    def confirm_cancel(self, request: HttpRequest, run: SyncRun) -> Confirmation:  # noqa: ARG002
        return Confirmation(
            question=f"Cancel {run}?",
            consequences=(
                f"It has seen {run.seen:,} titles, and what it has stored of them stays.",
                "What it has not fetched yet is left to the next sync.",
            ),
        )


def _sorted_counts(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _table(head: tuple[str, str], rows: Iterable[tuple[object, object]]) -> SafeString | str:
    body = format_html_join("", "<tr><td>{}</td><td>{}</td></tr>", rows)
    if not body:
        return NOTHING
    return format_html(
        "<table><thead><tr><th>{}</th><th>{}</th></tr></thead><tbody>{}</tbody></table>",
        *head,
        body,
    )
