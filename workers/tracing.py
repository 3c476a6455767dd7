def register() -> None:
    """Filled in with the tracing of the workers."""
