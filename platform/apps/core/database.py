from collections.abc import Iterable

from django.db import Error
from django.db.models import Model


def violated_constraint(error: Error) -> str:
    """The name of the constraint that refused a write, empty if the database gave none."""
    diagnostics = getattr(error.__cause__, "diag", None)
    return getattr(diagnostics, "constraint_name", None) or ""


def array_of(ids: Iterable[int]) -> str:
    """Ids as one parameter of a statement, where it is cast to `int[]`.

    The driver would write a list as an expression of its elements, each of which it quotes and
    the server parses.
    """
    return f"{{{','.join(map(str, ids))}}}"


def columns_of(model: type[Model]) -> list[str]:
    """As `from_db` takes their names; no field of ours has a column of another name."""
    return [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001  # documented
