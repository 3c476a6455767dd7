def register() -> None:
    """Filled in with the metrics of the workers."""
