from typing import Any

from django.db import models


class RealField(models.FloatField[float, float]):
    """PostgreSQL's four-byte float: half of FloatField's size in an array of scores."""

    def db_type(self, connection: Any) -> str:  # noqa: ARG002  # the signature is Django's
        return "real"
