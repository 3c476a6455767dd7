from typing import Any, TypeVar

from django.db import models

# None is among them where a column may be null.
_Set = TypeVar("_Set")
_Get = TypeVar("_Get")


class RealField(models.FloatField[_Set, _Get]):
    """PostgreSQL's four-byte float: half of FloatField's size in an array of scores."""

    def db_type(self, connection: Any) -> str:  # noqa: ARG002  # the signature is Django's
        return "real"
