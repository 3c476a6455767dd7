"""Which versions of the libraries were measured."""

from importlib.metadata import version

LIBRARIES = ("implicit", "irspack", "similaripy", "scipy", "scikit-learn")


def library_versions() -> dict[str, str]:
    return {name: version(name) for name in LIBRARIES}
