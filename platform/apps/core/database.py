from django.db import Error


def violated_constraint(error: Error) -> str:
    """The name of the constraint that refused a write, empty if the database gave none."""
    diagnostics = getattr(error.__cause__, "diag", None)
    return getattr(diagnostics, "constraint_name", None) or ""
