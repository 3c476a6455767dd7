"""Whatever happens meanwhile, whoever follows `next` sees each film once and none that is gone.

Several clients page through recommendations. Between their requests lists are rebuilt, generations
are published, rolled back and purged, films are taken down and come back, viewers rate, watch and
hide, and filters change. The suite runs the same few sequences every time. So many others, chosen
anew each time, are run by
`CURSOR_SEQUENCES=2000 make test ARGS="tests/apps/test_cursor_walks.py --timeout=0"`.
"""

import os
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from tests.apps.api import refused
from tests.apps.cursor_walks_machine import FILMS, FIRST_YEAR, GENRES, VIEWERS, WalksMachine
from tests.apps.cursor_walks_model import Walk, Wishes

SEQUENCES = int(os.environ.get("CURSOR_SEQUENCES", "0"))
SEQUENCES_OF_THE_SUITE = 12
STEPS = 40
URL = "/api/v1/recommendations/"
MAX_LIMIT = 50

# The name of a method of the machine, and what it is called with.
Step = tuple[str, dict[str, Any]]
# Numbers of a genre, the first year and a film to leave out, and whether seen ones are asked for.
Drawn = tuple[int | None, int | None, int | None, bool]

viewers = st.integers(0, VIEWERS - 1)
clients = st.integers(0, 2 * VIEWERS - 1)
films = st.integers(0, FILMS - 1)
limits = st.sampled_from((1, 2, 2, 3, 5, MAX_LIMIT))
orders = st.permutations(range(FILMS)).flatmap(
    lambda order: st.integers(1, FILMS).map(lambda length: order[:length])
)
some_wishes = st.tuples(
    st.none() | st.integers(0, len(GENRES) - 1),
    st.none() | st.sampled_from((FIRST_YEAR + 3, FIRST_YEAR + 8)),
    st.none() | films,
    st.booleans(),
)
wishes = st.just((None, None, None, False)) | some_wishes


def step(name: str, /, **arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(name), st.fixed_dictionaries(arguments))


turning = step("turn", client=clients)
steps = st.one_of(
    *(turning for _ in range(6)),
    *(step("begin", client=clients, limit=limits, drawn=wishes) for _ in range(2)),
    step("turn_otherwise", client=clients, limit=limits, drawn=wishes),
    step("finish", client=clients),
    step("send_to_another", client=clients),
    step("ask_for_too_much", client=clients),
    step("rebuild", viewer=viewers, order=orders),
    step("flip", popular=orders, lists=st.tuples(*[st.none() | orders] * VIEWERS)),
    step("roll_back"),
    step("wait", hours=st.sampled_from((1, 23, 24))),
    *(
        step("take_down", film=films, how=st.sampled_from(("tombstoned", "adult", "")))
        for _ in range(2)
    ),
    step("vote", film=films, votes=st.integers(90, 101)),
    step(
        "write",
        viewer=viewers,
        path=st.sampled_from(("ratings", "favorites", "not-interested")),
        kind=st.just("movie"),
        number=films,
    ),
    step(
        "write",
        viewer=viewers,
        path=st.just("not-interested"),
        kind=st.sampled_from(("person", "genre")),
        number=films,
    ),
    step("watch", viewer=viewers, film=films, progress=st.sampled_from((79, 80))),
    step("take_back", viewer=viewers, pick=st.integers(0, 20)),
)


class CursorWalks(WalksMachine):
    # One rule for all, as Hypothesis leaves some rules out of each sequence, and these are few.
    @rule(step=steps)
    def take(self, step: Step) -> None:
        name, arguments = step
        getattr(self, name)(**arguments)

    def teardown(self) -> None:
        try:
            for client in list(self.walks):
                self.finish(client)
        finally:
            super().teardown()

    def begin(self, client: int, limit: int, drawn: Drawn) -> None:
        viewer = client % VIEWERS
        walk = Walk(viewer, self.current(viewer), limit, self._wishes(drawn))
        self.walks[client] = walk
        self._read(walk, _with(URL, limit=str(limit), **walk.wishes.parameters()))

    def turn(self, client: int) -> None:
        walk = self.walks.get(client)
        if walk is not None and walk.link:
            self._read(walk, walk.link)

    def turn_otherwise(self, client: int, limit: int, drawn: Drawn) -> None:
        """With the cursor, but with another limit and other filters."""
        walk = self.walks.get(client)
        if walk is None or not walk.link:
            return
        cursor = dict(parse_qsl(urlsplit(walk.link).query))["cursor"]
        walk.limit, walk.wishes = limit, self._wishes(drawn)
        link = _with(URL, cursor=cursor, limit=str(limit), **walk.wishes.parameters())
        self._read(walk, link)

    def finish(self, client: int) -> None:
        pages = 0
        while client in self.walks and self.walks[client].link:
            self.turn(client)
            self.walks_keep_what_they_promise()
            pages += 1
            assert pages <= FILMS

    def send_to_another(self, client: int) -> None:
        walk = self.walks.get(client)
        if walk is not None and walk.link:
            response = self.clients[(walk.viewer + 1) % VIEWERS].get(walk.link)
            refused(response, 400, "invalid_cursor")

    def ask_for_too_much(self, client: int) -> None:
        walk = self.walks.get(client)
        link = (walk and walk.link) or URL
        viewer = client % VIEWERS
        refused(self.clients[viewer].get(_with(link, limit=str(MAX_LIMIT + 1))), 400, "invalid")

    def _read(self, walk: Walk, link: str) -> None:
        """One page, which must be the one that the model shows."""
        response = self.clients[walk.viewer].get(link)
        if not self.is_there(walk.origin):
            refused(response, 410, "cursor_expired")
            self.walks = {at: each for at, each in self.walks.items() if each is not walk}
            return
        assert response.status_code == 200, response.content
        body = response.json()
        tastes = self.tastes[walk.viewer]
        walk.look(self.films.values(), tastes)
        page = walk.page(self.films, tastes)
        shown = [result["movie"]["id"] for result in body["results"]]
        assert shown == page.of_list + page.popular
        assert (body["next"] is not None) == page.has_next
        is_own = page.of_list and walk.origin.kind == "list"
        if shown:
            assert body["list_id"] == (walk.origin.id if is_own else None)
        walk.turn(page, self.films)
        walk.link = body["next"]

    def _wishes(self, drawn: Drawn) -> Wishes:
        genre, year_min, film, include_seen = drawn
        genre_id = None if genre is None else self.subjects["genre"][genre]
        excluded = frozenset() if film is None else frozenset({self.ids[film]})
        return Wishes(genre_id, year_min, excluded, include_seen)


def _with(link: str, **parameters: str) -> str:
    """The link with these parameters besides its own, or in their place."""
    parts = urlsplit(link)
    query = dict(parse_qsl(parts.query)) | parameters
    return parts._replace(query=urlencode(query)).geturl()


@pytest.mark.django_db
# A failure is made as small as Hypothesis can within five minutes before it is shown.
@pytest.mark.timeout(600)
def test_walks_see_each_film_once_and_none_that_is_gone() -> None:
    run_state_machine_as_test(
        CursorWalks,
        settings=settings(
            max_examples=SEQUENCES or SEQUENCES_OF_THE_SUITE,
            stateful_step_count=STEPS,
            derandomize=not SEQUENCES,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
