"""Whatever viewers do, in whatever order: API, rows and Taste agree with a model in plain Python.

Each step is a request, after which rows and answers are compared. The suite runs the same few
sequences every time. So many others, chosen anew each time, are run by
`LIBRARY_SEQUENCES=500 make test ARGS="tests/apps/test_library_properties.py --timeout=0"`.
"""

import os
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from apps.favorites.models import Rating
from tests.apps.api import refused
from tests.apps.viewer_library_checks import LISTS
from tests.apps.viewer_library_machine import FILMS, VIEWERS, LibraryMachine
from tests.apps.viewer_library_model import Event, Viewing
from tests.apps.viewer_library_refusals import NOBODYS, REFUSED, Refused

SEQUENCES = int(os.environ.get("LIBRARY_SEQUENCES", "0"))
SEQUENCES_OF_THE_SUITE = 8
STEPS = 30
MOMENTS = tuple(datetime(2020, month, 1, 20, tzinfo=UTC) for month in (1, 2, 3))

Drawn = tuple[str, tuple[str, int], int, datetime | None]
# The name of a method of the machine, and what it is called with.
Step = tuple[str, dict[str, Any]]

viewers = st.integers(0, VIEWERS - 1)
films = st.integers(0, FILMS - 1)
scores = st.integers(1, 10)
ways = st.sampled_from(("PUT", "PATCH"))
# On both sides of having watched the film.
progresses = st.sampled_from((0, 79, 80, 100))
moments = st.sampled_from((None, *MOMENTS))
# Few, so that they come again.
keys = st.sampled_from((None, "a", "b"))
# Which of the rows that there are.
picks = st.integers(0, 50)
subjects = st.tuples(st.sampled_from(("movie", "person", "genre")), st.integers(0, 9))
# About few films, so that some are about the same thing and others about what is there already.
events = st.tuples(
    st.sampled_from(("rating", "rating", "watch", "favorite", "watchlist", "not_interested")),
    st.tuples(st.sampled_from(("movie", "person", "genre")), st.integers(0, 1)),
    st.sampled_from((7, 8)),
    moments,
)


def step(name: str, /, **arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(name), st.fixed_dictionaries(arguments))


steps = st.one_of(
    step("rate", viewer=viewers, film=films, score=scores, by_tmdb=st.booleans()),
    step("rate_by_film", viewer=viewers, film=films, score=scores),
    step(
        "change_rating",
        caller=viewers,
        owner=viewers,
        pick=picks,
        score=scores,
        way=st.sampled_from(("PUT", "PATCH")),
    ),
    step("unrate_film", viewer=viewers, film=films),
    step("forget_moment", viewer=viewers, pick=picks),
    step(
        "mark",
        viewer=viewers,
        film=films,
        path=st.sampled_from(("favorites", "watchlist")),
        by_tmdb=st.booleans(),
    ),
    step("hide", viewer=viewers, subject=subjects),
    step("watch", viewer=viewers, film=films, moment=moments, progress=progresses, key=keys),
    step(
        "change_viewing",
        caller=viewers,
        owner=viewers,
        pick=picks,
        moment=moments,
        progress=progresses,
    ),
    step("delete", caller=viewers, owner=viewers, path=st.sampled_from(LISTS), pick=picks),
    *(
        step(
            "bulk",
            viewer=viewers,
            drawn=st.lists(events, min_size=1, max_size=8),
            on_error=st.sampled_from(("refuse_all", "skip")),
            has_bad=bad,
            key=keys,
            times=st.integers(1, 2),
        )
        for bad in (st.just(False), st.just(False), st.booleans())
    ),
    step("go_private", viewer=viewers, is_private=st.booleans()),
    step("be_refused", viewer=viewers, film=films, bad=st.sampled_from(REFUSED)),
)


class Libraries(LibraryMachine):
    # One rule for all, as Hypothesis leaves some rules out of each sequence, and these are few.
    @rule(step=steps)
    def take(self, step: Step) -> None:
        name, arguments = step
        getattr(self, name)(**arguments)

    def rate(self, viewer: int, film: int, score: int, by_tmdb: bool) -> None:  # noqa: FBT001  # drawn
        body = self.film_body(film, by_tmdb=by_tmdb) | {"score": score}
        self._rated(viewer, film, score, self.send(viewer, "POST", "ratings/", body))

    def rate_by_film(self, viewer: int, film: int, score: int) -> None:
        path = f"movies/{self.films[film].id}/rating/"
        self._rated(viewer, film, score, self.send(viewer, "PUT", path, {"score": score}))

    def _rated(self, viewer: int, film: int, score: int, response: Any) -> None:
        movie_id, library = self.films[film].id, self.libraries[viewer]
        answer = self.counted(viewer, response, 200 if movie_id in library.ratings else 201)
        library.rate(movie_id, score, row_id=answer["id"])
        assert answer["movie"]["me"] == library.me(movie_id)

    def change_rating(self, caller: int, owner: int, pick: int, score: int, way: str) -> None:
        row_id = self.row_id(owner, "ratings", pick)
        response = self.send(caller, way, f"ratings/{row_id}/", {"score": score})
        if self.is_own(caller, owner, row_id, response):
            self.counted(caller, response, 200)
            library = self.libraries[caller]
            library.rate(library.rated(row_id), score, row_id=row_id)

    def unrate_film(self, viewer: int, film: int) -> None:
        movie_id, ratings = self.films[film].id, self.libraries[viewer].ratings
        response = self.send(viewer, "DELETE", f"movies/{movie_id}/rating/")
        if movie_id in ratings:
            self.counted(viewer, response, 200)
            del ratings[movie_id]
        else:
            refused(response, 404, "not_found")

    def forget_moment(self, viewer: int, pick: int) -> None:
        """An import of the same rating without its moment."""
        library = self.libraries[viewer]
        row_id = self.row_id(viewer, "ratings", pick)
        if row_id == NOBODYS:
            return
        self.touched.setdefault(viewer, set()).add("ratings")
        Rating.objects.filter(pk=row_id).update(rated_at=None)
        library.ratings[library.rated(row_id)].rated_at = None

    def mark(self, viewer: int, film: int, path: str, by_tmdb: bool) -> None:  # noqa: FBT001  # drawn
        movie_id, library = self.films[film].id, self.libraries[viewer]
        marks = library.marks[path]
        status = 200 if movie_id in marks else 201
        response = self.send(viewer, "POST", f"{path}/", self.film_body(film, by_tmdb=by_tmdb))
        answer = self.counted(viewer, response, status)
        assert marks.setdefault(movie_id, answer["id"]) == answer["id"]
        assert answer["movie"]["me"] == library.me(movie_id)

    def hide(self, viewer: int, subject: tuple[str, int]) -> None:
        kind, subject_id = self.subject(*subject)
        hidden = self.libraries[viewer].hidden
        status = 200 if (kind, subject_id) in hidden else 201
        response = self.send(viewer, "POST", "not-interested/", {f"{kind}_id": subject_id})
        answer = self.counted(viewer, response, status)
        assert hidden.setdefault((kind, subject_id), answer["id"]) == answer["id"]

    def watch(
        self, viewer: int, film: int, moment: datetime | None, progress: int, key: str | None
    ) -> None:
        body = self.film_body(film) | {"progress": progress}
        if moment:
            body["watched_at"] = moment.isoformat()
        library, movie_id = self.libraries[viewer], self.films[film].id
        known = library.viewing_at(movie_id, moment) if moment else None
        response = self.send_once(viewer, "watch-history/", body, key=key)
        if response is None:
            return
        if library.is_private:
            assert response.status_code == 200
            assert response.json() == {"is_recorded": False, "taste_revision": library.revision}
            return
        answer = self.counted(viewer, response, 200 if known else 201)
        assert answer["is_recorded"] is True
        assert known in {None, answer["id"]}
        library.viewings[answer["id"]] = Viewing(movie_id, moment, progress)
        assert answer["movie"]["me"] == library.me(movie_id)

    def change_viewing(
        self, caller: int, owner: int, pick: int, moment: datetime | None, progress: int
    ) -> None:
        row_id = self.row_id(owner, "watch-history", pick)
        body = {"watched_at": moment and moment.isoformat(), "progress": progress}
        response = self.send(caller, "PATCH", f"watch-history/{row_id}/", body)
        if not self.is_own(caller, owner, row_id, response):
            return
        library = self.libraries[caller]
        viewing = library.viewings[row_id]
        taken = library.viewing_at(viewing.movie_id, moment) if moment else None
        if taken in {None, row_id}:
            self.counted(caller, response, 200)
            viewing.watched_at, viewing.progress = moment, progress
        else:
            refused(response, 409, "conflict")

    def delete(self, caller: int, owner: int, path: str, pick: int) -> None:
        row_id = self.row_id(owner, path, pick)
        response = self.send(caller, "DELETE", f"{path}/{row_id}/")
        if self.is_own(caller, owner, row_id, response):
            self.counted(caller, response, 200)
            self.libraries[caller].delete(path, row_id)

    def bulk(
        self,
        *,
        viewer: int,
        drawn: list[Drawn],
        on_error: str,
        has_bad: bool,
        key: str | None,
        times: int,
    ) -> None:
        told = [self._event(each) for each in drawn]
        rows = [self.event_body(event) for event in told]
        if has_bad:
            rows.append({"kind": "favorite", "movie_id": NOBODYS})
        for _ in range(times):
            self._tell(viewer, told, {"on_error": on_error, "events": rows}, key=key)

    def _tell(
        self, viewer: int, told: list[Event], body: dict[str, Any], *, key: str | None
    ) -> None:
        response = self.send_once(viewer, "library/bulk/", body, key=key)
        has_bad = len(body["events"]) > len(told)
        if response is None:
            return
        if has_bad and body["on_error"] == "refuse_all":
            error = refused(response, 400, "bulk_refused")
            assert error["details"].keys() == {str(len(told))}
            return
        self._told(viewer, told, response, refused_count=int(has_bad))

    def _event(self, drawn: Drawn) -> Event:
        kind, (subject_kind, number), amount, moment = drawn
        name, subject_id = self.subject(
            subject_kind if kind == "not_interested" else "movie", number
        )
        return Event(kind, name, subject_id, amount * (10 if kind == "watch" else 1), moment)

    def _told(self, viewer: int, told: list[Event], response: Any, *, refused_count: int) -> None:
        library = self.libraries[viewer]
        expected = library.expected(told)
        if set(expected) == {"unchanged"}:
            # Nothing is written, so nothing counts.
            library.revision -= 1
        answer = self.counted(viewer, response, 200)
        outcomes = [result["outcome"] for result in answer["results"]]
        assert outcomes == [*expected, *["refused"] * refused_count]
        ids = [result["id"] for result in answer["results"]]
        for event, outcome, row_id in zip(told, expected, ids, strict=False):
            if outcome != "unchanged":
                assert library.row_of(event) in {None, row_id}
                library.apply(event, row_id=row_id)
        assert ids == [*map(library.row_of, told), *[None] * refused_count]

    def go_private(self, viewer: int, is_private: bool) -> None:  # noqa: FBT001  # drawn
        response = self.send(viewer, "PATCH", "auth/profile/", {"is_private": is_private})
        assert response.status_code == 200
        self.libraries[viewer].is_private = is_private

    def be_refused(self, viewer: int, film: int, bad: Refused) -> None:
        body = bad.body_about(self.films[film].id)
        refused(self.send(viewer, bad.method, bad.path, body), bad.status, bad.code)


@pytest.mark.django_db
# A failure is made as small as Hypothesis can within five minutes before it is shown.
@pytest.mark.timeout(600)
def test_libraries_agree_with_their_model_after_each_step() -> None:
    run_state_machine_as_test(
        Libraries,
        settings=settings(
            max_examples=SEQUENCES or SEQUENCES_OF_THE_SUITE,
            stateful_step_count=STEPS,
            derandomize=not SEQUENCES,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
