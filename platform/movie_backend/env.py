"""Typed readers of the environment; a secret may come from the file that `<NAME>_FILE` names."""

from environs import FileAwareEnv

env = FileAwareEnv()
