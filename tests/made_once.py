"""Rows that the tests of a module share, for those whose set-up takes longer than they do."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import transaction
from pytest_django import DjangoDbBlocker

Made = TypeVar("Made")


@contextmanager
def made_once(blocker: DjangoDbBlocker, make: Callable[[], Made]) -> Iterator[Made]:
    """What `make` makes, until the block ends; each test's transaction is a part of this one."""
    with blocker.unblock(), transaction.atomic():
        yield make()
        transaction.set_rollback(True)
