"""What Schemathesis cannot know: who asks, what exists, and the rules that no schema expresses."""

import atexit
import json
import os
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis import AuthContext, Case, HookContext, Response
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.generation.meta import CoveragePhaseData, TestPhase
from schemathesis.openapi.checks import (
    JsonSchemaError,
    RejectedPositiveData,
    UndefinedStatusCode,
    UseAfterFree,
)

from tests.fuzzing import accounts, genuine
from tests.fuzzing.accounts import Login

# These end sessions or accounts, so that each request comes from an account of its own.
ENDING = {"account_delete", "auth_logout_all", "auth_password_change", "auth_session_revoke"}
# These are for operators.
OPERATED = ("experiment_", "sync_run_", "operated_", "generation_", "freshness")
# These keep parameters of other operations as texts, of which they say no more.
KEEPING = {"saved_search_add", "saved_search_change"}
KEPT = "Parameters of another operation, which has a schema for each."
# Why requests that fit the schema are refused all the same: by rules that no schema expresses, and
# by two (no null character, not spaces only) that would put a pattern at every text.
RULES = {
    KEPT,
    "A variant that ranks by popularity has no settings.",
    "Exactly one variant is the control.",
    "Small letters, digits and hyphens.",
    "The shares add up to more than 1000 thousandths.",
    "There is an experiment of this name.",
    "Two variants have the same name.",
    "active_generation_changed",
    "generation_ended",
    "generation_not_publishable",
    "generation_open",
    "model_not_ready",
    "push_elsewhere",
    "saved_searches_full",
    "email_taken",
    "invalid_cursor",
    "mail_token_not_valid",
    "wrong_password",
    "In which country? Your profile names none.",
    "By which country?",
    "Which one of this country?",
    # A search counts neither spaces around words nor signs that are like them.
    "Ensure this value has at least 2 characters (it has 1).",
    "No words: leave it out.",
    "No such genre: /api/v1/movies/genres/ lists the slugs.",
    "A sync of movies needs their TMDb ids.",
    "A sync of this kind takes no such field.",
    "Not before the year 1895.",
    "Null characters are not allowed.",
    "Only of a provider.",
    "The new password is the old one.",
    "The password is too similar to the email.",
    "There is no such film.",
    "There is no such genre.",
    "There is no such person.",
    "This field may not be blank.",
    "This moment is still to come.",
    "This password is entirely numeric.",
    "This password is too common.",
    "You have a saved search of this name.",
    "runtime_min lies above runtime_max: nothing is in between.",
    "score_min lies above score_max: nothing is in between.",
    "since lies above until: nothing is in between.",
    "vote_average_min lies above vote_average_max: nothing is in between.",
    "vote_count_min lies above vote_count_max: nothing is in between.",
    "year_min lies above year_max: nothing is in between.",
}

_random: Counter[str] = Counter()
_sent: Counter[str] = Counter()
_successes: Counter[str] = Counter()
_excused: Counter[str] = Counter()
_logins: dict[str, Login] = {}


def operation_id(case: Case[Any]) -> str:
    return str(case.operation.definition.raw["operationId"])


@schemathesis.auth(refresh_interval=None)
class Access:
    def get(self, case: Case[Any], _context: AuthContext) -> Login:
        name = operation_id(case)
        if name.startswith(OPERATED):
            return accounts.operator()
        return accounts.new_account() if name in ENDING else accounts.viewer()

    def set(self, case: Case[Any], data: Login, _context: AuthContext) -> None:
        case.headers["Authorization"] = f"Bearer {data.access}"
        _logins[case.headers["Authorization"]] = data


@schemathesis.hook
def before_process_path(_context: HookContext, _path: str, methods: dict[str, Any]) -> None:
    """Vary a header too: some operations take nothing else, and would be tried only once."""
    for operation in methods.values():
        header = {"name": "X-Request-ID", "in": "header", "schema": {"type": "string"}}
        operation.setdefault("parameters", []).append(header)


@schemathesis.hook
def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
    """Have requests find what they ask for; Schemathesis notices what that makes of their validity.

    Of the random ones every second does. Of those at the edges of the schema all do, except for the
    field whose edge it is.
    """
    if phase(case) not in {TestPhase.FUZZING, TestPhase.COVERAGE}:
        return
    name = operation_id(case)
    if phase(case) is TestPhase.FUZZING:
        _random[name] += 1
        if _random[name] % 2 == 0:
            return
    login = _logins.get(case.headers.get("Authorization", ""), accounts.viewer())
    for part, found in (
        (case.path_parameters, genuine.PATHS),
        (case.query, genuine.QUERIES),
        (case.body, genuine.BODIES),
    ):
        for field, value in found.get(name, {}).items():
            if isinstance(part, dict) and field in part and not is_edge(case, field):
                part[field] = value(login)


def is_edge(case: Case[Any], field: str) -> bool:
    """Whether the request is about this field."""
    edge = case.meta and case.meta.phase.data
    if not isinstance(edge, CoveragePhaseData):
        return False
    return field == edge.parameter or edge.description.startswith(f"{field}:")


def phase(case: Case[Any]) -> TestPhase | None:
    return case.meta.phase.name if case.meta else None


@schemathesis.hook
def after_call(_context: HookContext, case: Case[Any], response: Response) -> None:
    if phase(case) is TestPhase.FUZZING:
        _sent[operation_id(case)] += 1
        _successes[operation_id(case)] += response.status_code < HTTPStatus.BAD_REQUEST


@schemathesis.hook
def filter_failure(
    _context: HookContext, failure: Any, case: Case[Any], response: Response
) -> bool:
    """Excuse what only positive_data_acceptance holds against the API, and only these refusals.

    And that a cancelled run is still there, to be read what became of it; and that what is wrong
    with single events does not refuse a request that asks to have them left out; and that the web
    server itself refuses an address that is too long to read, where the document forbids it; and
    that films lack what `fields` did not name; and that the web process looks at nothing of what it
    sends elsewhere.
    """
    is_unread = response.status_code == HTTPStatus.REQUEST_URI_TOO_LONG
    if isinstance(failure, UndefinedStatusCode):
        return not is_unread
    if isinstance(failure, AcceptedNegativeData):
        is_elsewhere = response.status_code == HTTPStatus.MISDIRECTED_REQUEST
        return not (is_unread or is_elsewhere or leaves_out(case, response))
    if isinstance(failure, JsonSchemaError) and "fields" in (case.query or {}):
        return "is a required property" not in failure.message
    if isinstance(failure, UseAfterFree):
        return not operation_id(case).startswith(OPERATED)
    if not isinstance(failure, RejectedPositiveData):
        return True
    reasons = set(refusals(case, response.json()["error"]))
    _excused.update(f"{operation_id(case)}: {reason}" for reason in sorted(reasons))
    return not reasons <= RULES


def leaves_out(case: Case[Any], response: Response) -> bool:
    """Whether the answer tells of events that were refused."""
    return operation_id(case) == "library_bulk" and response.json()["counts"]["refused"] > 0


def refusals(case: Case[Any], error: dict[str, Any]) -> Iterator[str]:
    """The code or, where fields are at fault, what is wrong with each."""
    details = dict(error["details"])
    if not details:
        yield error["code"]
    if operation_id(case) in KEEPING and details.pop("parameters", None):
        yield KEPT
    yield from messages(details)


def messages(faults: Any) -> Iterator[str]:
    """Of fields, and of the fields of rows within them."""
    if isinstance(faults, list):
        for each in faults:
            yield from messages(each)
    elif isinstance(faults.get("message"), str):
        yield faults["message"]
    else:
        yield from messages([*faults.values()])


@atexit.register
def write_counts() -> None:
    counts = {"sent": _sent, "successes": _successes, "excused": _excused}
    Path(os.environ["FUZZED_COUNTS"]).write_text(json.dumps(counts, sort_keys=True))
