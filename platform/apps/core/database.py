from collections.abc import Iterable

from django.db import Error


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
