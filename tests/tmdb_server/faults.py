"""What can go wrong, to be asked for while the server runs: each maker gives one fault.

`tmdb.faults(faults.maintenance(times=3), faults.slow("/3/movie/550", seconds=5))`. The first
fault that matches a request and is not used up decides about its answer.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, get_args

from tests.tmdb_server.answers import ERRORS, JSON, Answer, encode, envelope
from tests.tmdb_server.changes import change_row
from tests.tmdb_server.connections import Request

API = "/3/*"
EXPORTS = "/p/exports/*"
HTML = "<html><head><title>504</title></head><body><h1>504 Gateway Time-out</h1></body></html>"

Kind = Literal["status", "html", "truncated", "slow", "reset", "patch", "repeat"]


@dataclass(kw_only=True)
class Fault:
    # A path, one that ends in `*` for all that begin so, and after `?` what the query must hold.
    match: str = API
    # None: until the faults are cleared.
    times: int | None = 1
    # How many matching requests pass before it begins.
    skip: int = 0
    kind: Kind = "status"
    status: int = 200
    # Of `status` and `html`: text as it is, anything else as JSON.
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    # Of `slow`.
    seconds: float = 0.0
    # Of `patch`: what replaces fields of the true body, and of each of its results.
    fields: Mapping[str, Any] = field(default_factory=dict)
    row_fields: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"a fault cannot be {self.kind!r}")

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Fault":
        """Of `to_json`, or the `name` of a maker and its arguments.

        Raises TypeError, ValueError or KeyError for anything else.
        """
        if name := content.get("name"):
            return NAMED[name](**{key: value for key, value in content.items() if key != "name"})
        return cls(**content)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def strikes(self, request: Request) -> bool:
        """Whether it decides about this request; if so it has been used once more."""
        if self.times == 0 or not self._matches(request):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True

    @property
    def replaces_answer(self) -> bool:
        return self.kind in ("status", "html", "reset")

    @property
    def changes_body(self) -> bool:
        return self.kind in ("patch", "repeat")

    @property
    def repeats(self) -> bool:
        return self.kind == "repeat"

    def instead(self) -> Answer:
        """Of the kinds that need no true answer."""
        content_type = "text/html" if self.kind == "html" else JSON
        body = self.body.encode() if isinstance(self.body, str) else encode(self.body)
        return Answer(
            status=self.status,
            body=b"" if self.body is None else body,
            headers={"Content-Type": content_type, **self.headers},
            hangs_up=self.kind == "reset",
        )

    def spoil(self, answer: Answer) -> Answer:
        """Of the kinds that change a true answer."""
        if self.kind == "truncated":
            return replace(answer, is_cut=True)
        if self.kind == "slow":
            return replace(answer, delay_seconds=self.seconds)
        if self.kind != "patch":
            return answer
        content = {**json.loads(answer.body), **self.fields}
        if self.row_fields:
            content["results"] = [{**row, **self.row_fields} for row in content["results"]]
        return answer.with_body(encode(content))

    def _matches(self, request: Request) -> bool:
        path, _, query = self.match.partition("?")
        wanted = dict(pair.split("=", 1) for pair in query.split("&")) if query else {}
        begins = path.endswith("*") and request.path.startswith(path[:-1])
        return (begins or request.path == path) and wanted.items() <= request.query.items()


def first_to_strike(faults: Iterable[Fault], request: Request) -> Fault | None:
    return next((fault for fault in faults if fault.strikes(request)), None)


def error(code: int, match: str = API, *, times: int | None = 1) -> Fault:
    """TMDb's own error of that number, such as 7 for the key or 11 for an internal one."""
    return Fault(match=match, times=times, status=ERRORS[code][0], body=json.loads(envelope(code)))


def credential_refused(match: str = API, *, times: int | None = None) -> Fault:
    return error(7, match, times=times)


def title_gone(tmdb_id: int, *, times: int | None = None) -> Fault:
    """404 for the details, while lists, changes and the export still have the title."""
    return error(34, f"/3/movie/{tmdb_id}", times=times)


def rate_limited(
    match: str = API, *, retry_after: str | None = None, times: int | None = 1
) -> Fault:
    """`retry_after` as it is sent: "3", "0", "86400000", "soon"; None: no such header."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return replace(error(25, match, times=times), headers=headers)


def maintenance(match: str = API, *, times: int | None = 1) -> Fault:
    return error(46, match, times=times)


def gateway_timeout(match: str = API, *, times: int | None = 1) -> Fault:
    """504 from the edge, whose body is HTML."""
    return Fault(match=match, times=times, kind="html", status=504, body=HTML)


def html_instead_of_json(match: str = API, *, times: int | None = 1) -> Fault:
    """As a captive portal does it, with status 200."""
    return Fault(match=match, times=times, kind="html", status=200, body=HTML)


def truncated(match: str = API, *, times: int | None = 1) -> Fault:
    """Half of the body that Content-Length promises."""
    return Fault(match=match, times=times, kind="truncated")


def slow(match: str = API, *, seconds: float, times: int | None = 1) -> Fault:
    return Fault(match=match, times=times, kind="slow", seconds=seconds)


def reset(match: str = API, *, times: int | None = 1) -> Fault:
    return Fault(match=match, times=times, kind="reset")


def too_many_pages(match: str, *, times: int | None = None) -> Fault:
    """More pages than may be asked for; page 501 is refused with 400/22 as ever."""
    fields = {"total_pages": 38_020, "total_results": 760_385}
    return Fault(match=match, times=times, kind="patch", fields=fields)


def adult_unknown(match: str, *, times: int | None = None) -> Fault:
    """`adult` is null in each row of a list or of the changes."""
    return Fault(match=match, times=times, kind="patch", row_fields={"adult": None})


def no_release_dates(match: str, *, times: int | None = None) -> Fault:
    """`release_date` is "" in each row of a list."""
    return Fault(match=match, times=times, kind="patch", row_fields={"release_date": ""})


def empty_list(match: str, *, times: int | None = 1) -> Fault:
    fields = {"results": [], "total_pages": 0, "total_results": 0}
    return Fault(match=match, times=times, kind="patch", fields=fields)


def unreliable_totals(identifiers: Sequence[int], *, times: int | None = 1) -> Fault:
    """All changes on one page whose totals say 1, as recorded on 2022-11-26."""
    rows = [change_row(identifier) for identifier in identifiers]
    fields = {"results": rows, "total_pages": 1, "total_results": 1}
    return Fault(match="/3/movie/changes", times=times, kind="patch", fields=fields)


def row_on_two_pages(match: str, *, page: int = 2, times: int | None = None) -> Fault:
    """The page begins with the last row of the one before; what it began with is nowhere."""
    return Fault(match=f"{match}?page={page}", times=times, kind="repeat")


def export_missing(*, status: int = 404, times: int | None = None, path: str = EXPORTS) -> Fault:
    body = "<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>"
    return Fault(match=path, times=times, kind="html", status=status, body=body)


def export_truncated(*, times: int | None = 1) -> Fault:
    return truncated(EXPORTS, times=times)


# By these names they can be asked for over HTTP as well: {"name": "slow", "seconds": 5}.
NAMED: Mapping[str, Callable[..., Fault]] = {
    make.__name__: make
    for make in (
        adult_unknown,
        credential_refused,
        empty_list,
        error,
        export_missing,
        export_truncated,
        gateway_timeout,
        html_instead_of_json,
        maintenance,
        no_release_dates,
        rate_limited,
        reset,
        row_on_two_pages,
        slow,
        title_gone,
        too_many_pages,
        truncated,
        unreliable_totals,
    )
}
