"""An experiment from its start to its end. Real HTTP, real broker, real workers."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from apps.recommendations.experimenting.assignment import Arm, Assignment

from .live import LivePlatform, Viewer

pytestmark = pytest.mark.flow

NAME = "holdback-of-a-flow"
SHARE = 400
CONTROL, HOLDBACK = 0, 1
SHOWN = 5


@pytest.fixture
def operator(platform: LivePlatform) -> Iterator[Viewer]:
    """Later flows find no experiment running, whatever happens here."""
    account = platform.operator()
    yield account
    _post(account, f"{_path()}stop/", {"reason": "The flow is over."})


def test_an_experiment_from_its_start_to_its_end(platform: LivePlatform, operator: Viewer) -> None:
    control, held_back, outside = viewers = [_viewer_with_a_taste(platform) for _ in range(3)]
    salt = _salt_for(control, held_back, outside)

    _create(operator, salt)
    assert _post(operator, f"{_path()}start/").status_code == 202
    generation_id = platform.eventually(lambda: _active(platform, is_experiment=True))

    variants = _variants(platform)
    assert _misplaced(platform, generation_id, salt, variants) == []
    assert _sources(control)[0] == _sources(outside)[0] == "personal"
    assert set(_sources(held_back)) == {"popular"}

    pages = [viewer.recommendations() for viewer in viewers]
    for viewer, page in zip(viewers, pages, strict=True):
        _tell(viewer, page)
    assert _told(platform, viewers) == {
        control.id: (variants[CONTROL], SHOWN),
        held_back.id: (variants[HOLDBACK], SHOWN),
        outside.id: (None, SHOWN),
    }

    shown = pages[1]["results"][0]["movie"]["id"]
    revision = held_back.rate(shown, 9).json()["taste_revision"]
    page = platform.eventually(lambda: held_back.list_of_revision(revision))
    assert {item["source"] for item in page["results"]} == {"popular"}
    assert _variant_of(platform, page["list_id"]) == variants[HOLDBACK]

    assert _post(operator, f"{_path()}stop/", {"reason": "Seen enough."}).status_code == 202
    found = platform.eventually(lambda: _report(operator))
    assert [_counts(each) for each in found["variants"]] == [
        {"name": "control", "viewers": 1, "impressions": SHOWN, "clicks": 1, "ratings": 0},
        {"name": "holdback", "viewers": 1, "impressions": SHOWN, "clicks": 1, "ratings": 1},
    ]
    assert found["variants"][HOLDBACK]["verdict"] == "too_little"

    usual_id = platform.eventually(lambda: _active(platform, is_experiment=False))
    assert usual_id > generation_id
    assert _sources(held_back)[0] == "personal"
    assert _variant_of(platform, held_back.recommendations()["list_id"]) is None
    query = "SELECT count(variant_id) FROM recommendations_recommendationlist"
    assert platform.row(f"{query} WHERE generation_id = %s", usual_id) == (0,)


def _viewer_with_a_taste(platform: LivePlatform) -> Viewer:
    viewer = platform.register()
    for movie_id in platform.films(0)[:4]:
        revision = viewer.rate(movie_id, 10).json()["taste_revision"]
    platform.eventually(lambda: viewer.list_of_revision(revision))
    return viewer


def _assignment(salt: str) -> Assignment:
    return Assignment(salt, (Arm(CONTROL, SHARE), Arm(HOLDBACK, SHARE)))


def _salt_for(control: Viewer, held_back: Viewer, outside: Viewer) -> str:
    """One under which each of the viewers belongs where the flow wants to see one."""
    for number in count():
        assigned = _assignment(f"flow {number}")
        arms = [assigned.arm_of(viewer.id) for viewer in (control, held_back, outside)]
        if [arm and arm.variant_id for arm in arms] == [CONTROL, HOLDBACK, None]:
            return assigned.salt
    raise AssertionError("there is always one more salt")


def _create(operator: Viewer, salt: str) -> None:
    variants = [
        {"name": "control", "share": SHARE, "is_control": True},
        {"name": "holdback", "share": SHARE, "kind": "popularity"},
    ]
    created = _post(
        operator, "ops/experiments/", {"name": NAME, "salt": salt, "variants": variants}
    )
    assert (created.status_code, created.json()["state"]) == (201, "draft"), created.text


def _path() -> str:
    return f"ops/experiments/{NAME}/"


def _post(viewer: Viewer, path: str, body: dict[str, Any] | None = None) -> Any:
    return viewer.session.post(f"{viewer.url}/{path}", json=body, timeout=30)


def _active(platform: LivePlatform, *, is_experiment: bool) -> int | None:
    generation_id, experiment_id = platform.row(
        "SELECT generation.id, experiment_id FROM recommendations_activegeneration AS active"
        " JOIN recommendations_generation AS generation ON generation.id = generation_id"
    )
    return generation_id if (experiment_id is not None) is is_experiment else None


def _variants(platform: LivePlatform) -> list[int]:
    """Their ids, in the order in which they take their shares."""
    query = (
        "SELECT variant.id FROM recommendations_variant AS variant"
        " JOIN recommendations_experiment AS experiment ON experiment.id = experiment_id"
        " WHERE experiment.name = %s ORDER BY position"
    )
    return [variant_id for (variant_id,) in platform.rows(query, NAME)]


def _misplaced(
    platform: LivePlatform, generation_id: int, salt: str, variants: list[int]
) -> list[tuple[int, int | None]]:
    """Viewers, of all, whose list another process made as a variant that is not their own."""
    query = (
        "SELECT user_id, variant_id FROM recommendations_recommendationlist"
        " WHERE generation_id = %s"
    )
    lists = platform.rows(query, generation_id)
    assert {variant_id for _, variant_id in lists} == {None, *variants}
    arms = [_assignment(salt).arm_of(user_id) for user_id, _ in lists]
    expected = [variants[arm.variant_id] if arm else None for arm in arms]
    return [row for row, own in zip(lists, expected, strict=True) if row[1] != own]


def _sources(viewer: Viewer) -> list[str]:
    return [item["source"] for item in viewer.recommendations()["results"]]


def _tell(viewer: Viewer, page: dict[str, Any]) -> None:
    """That the first films were shown, and the second opened."""
    of_list = {"list_id": page["list_id"], "surface": "list"}
    films = [item["movie"]["id"] for item in page["results"][:SHOWN]]
    events = [{"type": "impression", "movie_id": movie_id, **of_list} for movie_id in films]
    events.append({"type": "click", "movie_id": films[1], **of_list})
    answer = _post(viewer, "recommendations/events/", {"events": events})
    assert answer.json()["ignored"] == [], answer.text


def _told(platform: LivePlatform, viewers: list[Viewer]) -> dict[int, tuple[int | None, int]]:
    query = (
        "SELECT user_id, variant_id, count(*) FROM recommendations_impression"
        " WHERE user_id = ANY(%s) GROUP BY 1, 2"
    )
    rows = platform.rows(query, [viewer.id for viewer in viewers])
    assert len(rows) == len(viewers)
    return {user_id: (variant_id, films) for user_id, variant_id, films in rows}


def _variant_of(platform: LivePlatform, list_id: int) -> int | None:
    query = "SELECT variant_id FROM recommendations_recommendationlist WHERE id = %s"
    (variant_id,) = platform.row(query, list_id)
    return variant_id


def _report(operator: Viewer) -> dict[str, Any] | None:
    found = operator.session.get(f"{operator.url}/{_path()}", timeout=30)
    report: dict[str, Any] | None = found.json()["report"]
    return report


def _counts(each: dict[str, Any]) -> dict[str, Any]:
    totals = {metric: each["metrics"][metric]["total"] for metric in ("clicks", "ratings")}
    return {name: each[name] for name in ("name", "viewers", "impressions")} | totals
