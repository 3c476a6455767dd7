"""Typed readers of the environment; a secret may come from the file that `<NAME>_FILE` names."""

from environs import FileAwareEnv, validate

from apps.core.logs import FORMATS

# Editors end a file with a line break, which belongs to no secret.
env = FileAwareEnv(strip_whitespace=True)


def log_format(default: str) -> str:
    """LOG_FORMAT, one of `apps.core.logs.FORMATS`."""
    return env.str("LOG_FORMAT", default, validate=validate.OneOf(FORMATS))
