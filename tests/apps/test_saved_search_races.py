"""Saved searches written at the same time: one of each name, and no more than may be kept."""

from collections import Counter

import pytest

from apps.favorites.actions import MOST_SAVED_SEARCHES
from apps.favorites.models import SavedSearch
from apps.users.models import User
from tests.apps.test_library_races import at_once
from tests.factories import make_saved_search

pytestmark = pytest.mark.django_db(transaction=True)

PARAMETERS = {"q": "alien"}


def test_parallel_posts_of_one_name_are_one_row(viewer: User) -> None:
    names = ["Mine", "mine", "MINE", " Mine "] * 3

    bodies = [{"name": name, "parameters": PARAMETERS} for name in names]
    responses = at_once(viewer, "saved-searches/", bodies)

    assert Counter(response.status_code for response in responses) == {201: 1, 400: 11}
    problems = [each.json()["error"]["details"] for each in responses if each.status_code == 400]
    assert all(problem.keys() == {"name"} for problem in problems)
    assert SavedSearch.objects.count() == 1


def test_parallel_posts_keep_no_more_than_may_be_kept(viewer: User) -> None:
    for _ in range(MOST_SAVED_SEARCHES - 3):
        make_saved_search(user=viewer)

    bodies = [{"name": f"Name {number}", "parameters": PARAMETERS} for number in range(10)]
    responses = at_once(viewer, "saved-searches/", bodies)

    assert Counter(response.status_code for response in responses) == {201: 3, 409: 7}
    assert SavedSearch.objects.count() == MOST_SAVED_SEARCHES
