def register() -> None:
    """Filled in with the health of the workers."""
