"""What a viewer searches by again. No list of recommendations depends on it."""

from collections.abc import Mapping
from typing import TypedDict

from django.db import IntegrityError, transaction

from apps.core.database import violated_constraint
from apps.favorites.models import SavedSearch
from apps.users.models import User

from .tastes import lock_taste

MOST_SAVED_SEARCHES = 100


class SearchNameTakenError(Exception):
    """Another saved search of the viewer has this name, in whatever case of letters."""


class SavedSearchesFullError(Exception):
    """The viewer has as many saved searches as may be kept."""


class SavedSearchChanges(TypedDict, total=False):
    name: str
    parameters: Mapping[str, str]


@transaction.atomic
def save_search(*, user: User, name: str, parameters: Mapping[str, str]) -> SavedSearch:
    """Keep one search more.

    Raises:
        SearchNameTakenError, SavedSearchesFullError: nothing was kept.
    """
    # Of two writes at once the second counts what the first has left.
    lock_taste(user_id=user.pk)
    if SavedSearch.objects.for_user(user).count() >= MOST_SAVED_SEARCHES:
        raise SavedSearchesFullError
    search = SavedSearch(user=user, name=name, parameters=parameters)
    _write(search)
    return search


@transaction.atomic
def change_saved_search(*, user: User, search_id: int, changes: SavedSearchChanges) -> SavedSearch:
    """Change the name or the parameters, which take the place of all that were there.

    Raises:
        SavedSearch.DoesNotExist: the viewer has no such search (any more).
        SearchNameTakenError: nothing was changed.
    """
    lock_taste(user_id=user.pk)
    search = SavedSearch.objects.for_user(user).get(pk=search_id)
    for name, value in changes.items():
        setattr(search, name, value)
    _write(search, fields=[*changes, "updated_at"])
    return search


@transaction.atomic
def delete_saved_search(*, user: User, search_id: int) -> None:
    """Raises SavedSearch.DoesNotExist, as `change_saved_search` does."""
    lock_taste(user_id=user.pk)
    SavedSearch.objects.for_user(user).get(pk=search_id).delete()


def _write(search: SavedSearch, *, fields: list[str] | None = None) -> None:
    try:
        search.save(update_fields=fields)
    except IntegrityError as error:
        if violated_constraint(error) == "savedsearch_user_name_unique":
            raise SearchNameTakenError from error
        raise
