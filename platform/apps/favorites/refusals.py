"""What a write's late failures mean to the client."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError

from apps.core.database import violated_constraint
from apps.core.errors import APIError, ErrorCode

NO_SUCH_GENRE = "There is no such genre."


@contextmanager
def gone_rows_refused() -> Iterator[None]:
    """For an action on a row of the viewer's: the row may be gone, or what it refers to."""
    try:
        with gone_parents_refused():
            yield
    except ObjectDoesNotExist as error:
        raise APIError(ErrorCode.NOT_FOUND) from error


@contextmanager
def gone_parents_refused() -> Iterator[None]:
    """Foreign keys are checked at commit: a row may go between a write's look-up and its end."""
    try:
        yield
    except IntegrityError as error:
        constraint = violated_constraint(error)
        if "_fk_movies_movie" in constraint:
            raise APIError(ErrorCode.MOVIE_NOT_FOUND) from error
        if "_fk_movies_person" in constraint:
            raise APIError(ErrorCode.PERSON_NOT_FOUND) from error
        if "_fk_movies_genre" in constraint:
            raise APIError(ErrorCode.NOT_FOUND, NO_SUCH_GENRE) from error
        if "_fk_users_user" in constraint:
            raise APIError(ErrorCode.TOKEN_NOT_VALID) from error
        raise
