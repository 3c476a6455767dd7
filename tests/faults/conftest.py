from tests.flows.conftest import platform

__all__ = ["platform"]
