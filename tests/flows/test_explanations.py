"""Somebody asks why; a worker tells. Real HTTP, real broker, real workers."""

from typing import Any

import pytest

from .live import LivePlatform, Viewer

pytestmark = pytest.mark.flow


def test_why_is_answered_by_a_worker_and_again_after_the_next_write(
    platform: LivePlatform,
) -> None:
    viewer = platform.register()
    loved = platform.films(0)
    for movie_id in loved[:4]:
        revision = viewer.rate(movie_id, 9).json()["taste_revision"]
    page = platform.eventually(lambda: viewer.list_of_revision(revision))
    first = page["results"][0]
    movie_id = first["movie"]["id"]

    told = platform.eventually(lambda: explanation(viewer, movie_id))

    assert (told["list_id"], told["place"]) == (page["list_id"], 1)
    assert told["score"] == pytest.approx(first["score"])
    named = sum(row["contribution"] for row in told["contributions"])
    constants = sum(told["constants"].values())
    assert named + told["others"]["contribution"] + constants == pytest.approx(
        told["score"], abs=1e-5
    )
    assert {row["movie_id"] for row in told["because"]} <= set(loved[:4])
    assert told["text"].startswith("Because you liked Kind 0, film ")
    assert [row["text"] for row in told["counterfactuals"]] == [
        f"Without your 9 for {row['title']}" for row in told["because"]
    ]

    revision = viewer.rate(loved[5], 9).json()["taste_revision"]
    page = platform.eventually(lambda: viewer.list_of_revision(revision))
    movie_id = page["results"][0]["movie"]["id"]
    told = platform.eventually(lambda: explanation(viewer, movie_id))

    assert (told["list_id"], told["revision"]) == (page["list_id"], revision)


def test_an_explanation_whose_message_was_lost_is_made_all_the_same(
    platform: LivePlatform,
) -> None:
    viewer = platform.register()
    revision = viewer.rate(platform.films(1)[0], 9).json()["taste_revision"]
    page = platform.eventually(lambda: viewer.list_of_revision(revision))
    platform.execute(
        "INSERT INTO recommendations_explanation"  # noqa: S608  # numbers of our own
        " (list_id, movie_id, kind, asked_at, attempts, error, body) VALUES"
        f" ({page['list_id']}, {page['results'][0]['movie']['id']}, 'why', now(), 0, '', '{{}}')"
    )

    def is_made() -> bool:
        (computed_at,) = platform.row(
            "SELECT computed_at FROM recommendations_explanation WHERE list_id = %s",
            page["list_id"],
        )
        return computed_at is not None

    assert platform.eventually(is_made)


def explanation(viewer: Viewer, movie_id: int) -> dict[str, Any] | None:
    """None while a worker is at it."""
    response = viewer.session.get(f"{viewer.url}/recommendations/{movie_id}/why/", timeout=30)
    assert response.status_code in {200, 202}, response.text
    told: dict[str, Any] = response.json()
    if response.status_code == 202:
        assert response.headers["Retry-After"]
        return None
    return told
