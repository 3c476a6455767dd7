"""Buttons on admin pages: POST only, each with a permission, an audit entry and a message."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.forms import CharField
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, re_path
from django_object_actions import DjangoObjectActions, action

from .events import collected_answers
from .model_admins import LargeTableAdmin

BROKER_AWAY = (
    "The message broker is away, so nobody has been told: the row waits, and the sweep finds it "
    "when the broker is back."
)
MAX_REASON = 2_000


class NotDoneError(Exception):
    """Why an action did nothing; its text is shown to the operator."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirmation:
    """What a page asks before an action; `carried` is posted with the answer."""

    question: str
    consequences: tuple[str, ...]
    carried: Mapping[str, object] = field(default_factory=dict)
    # What the operator writes as `reason`; without one, no reason is asked for.
    asks_reason: str = ""


Tool = Callable[[Any, HttpRequest, Any], str]


def operator_action(
    *,
    label: str,
    description: str,
    permission: str,
    confirm: str = "",
    offered: Callable[[Any], bool] | None = None,
) -> Callable[[Tool], Any]:
    """A button from a method that does the work and returns what to tell the operator.

    The method gets the row of a change page, or a queryset on a list's page, and raises
    NotDoneError if it did nothing. `confirm` names a method that returns the Confirmation to ask
    for first. `offered` says for which rows the button makes sense.
    """

    def decorate(method: Tool) -> Any:
        @action(label=label, description=description, methods=("POST",), button_type="form")  # type: ignore[untyped-decorator]  # the library has no types
        @wraps(method)
        def tool(self: OperatorActionsAdmin, request: HttpRequest, on: Any) -> HttpResponse | None:
            self.require(request, permission)
            try:
                _require_state(offered, on)
                if confirm and "confirmed" not in request.POST:
                    asked = getattr(self, confirm)(request, on)
                    return self.ask(request, label, asked, on if isinstance(on, Model) else None)
                with collected_answers() as answers:
                    text = method(self, request, on)
            except NotDoneError as error:
                self.message_user(request, str(error), messages.ERROR)
                return None
            self.report(request, text, all_sent=answers.all_sent)
            return None

        tool.permission, tool.offered = permission, offered
        return tool

    return decorate


def posted_reason(request: HttpRequest) -> str:
    """What the operator wrote where the confirmation `asks_reason`. Raises NotDoneError."""
    try:
        return str(CharField(max_length=MAX_REASON).clean(request.POST.get("reason")))
    except ValidationError as error:
        raise NotDoneError(f"Nothing was done, the reason: {' '.join(error.messages)}") from error


def page_not_found(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # a view's signature
    raise Http404


def _require_state(offered: Callable[[Any], bool] | None, on: Any) -> None:
    """The button may have been shown before somebody else pressed one."""
    if offered and not offered(on):
        raise NotDoneError(f"Nothing was done: {on} is no longer in a state for it.")


class OperatorActionsAdmin(DjangoObjectActions, LargeTableAdmin):  # type: ignore[misc]  # the library has no types
    """Shows each button to those who may press it, where pressing it makes sense."""

    def get_urls(self) -> list[URLPattern]:
        """The library's view answers 500 for what is no row's number."""
        not_a_number = re_path(r"^(?!\d+/)[^/]+/actions/\w+/$", page_not_found)
        return [not_a_number, *super().get_urls()]

    def get_change_actions(self, request: HttpRequest, object_id: str, form_url: str) -> list[str]:  # noqa: ARG002  # the signature is the library's
        row = self.get_object(request, object_id)
        return [
            name
            for name in self.change_actions
            if row is not None and self._is_shown(request, getattr(self, name), row)
        ]

    def get_changelist_actions(self, request: HttpRequest) -> list[str]:
        return [
            name
            for name in self.changelist_actions
            if self._is_shown(request, getattr(self, name), self.get_queryset(request))
        ]

    def require(self, request: HttpRequest, permission: str) -> None:
        if not (self.has_view_permission(request) and request.user.has_perm(permission)):
            raise PermissionDenied

    def report(self, request: HttpRequest, text: str, *, all_sent: bool = True) -> None:
        if all_sent:
            self.message_user(request, text, messages.SUCCESS)
        else:
            self.message_user(request, f"{text} {BROKER_AWAY}", messages.WARNING)

    def ask(
        self, request: HttpRequest, label: str, asked: Confirmation, row: Model | None
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": label,
            "opts": self.opts,
            "row": row,
            "asked": asked,
            "action": request.path,
            "max_reason": MAX_REASON,
        }
        return TemplateResponse(request, "core/admin/confirm.html", context)

    def _is_shown(self, request: HttpRequest, tool: Any, on: Any) -> bool:
        may = request.user.has_perm(tool.permission)
        return bool(may and (tool.offered is None or tool.offered(on)))


def user_id(request: HttpRequest) -> int:
    """Of the operator, who is signed in."""
    pk: int = request.user.pk  # type: ignore[assignment]  # nobody else gets this far
    return pk
