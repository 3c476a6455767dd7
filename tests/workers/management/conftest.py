from tests.services.imports.grouplens.conftest import grouplens, unused_port

__all__ = ["grouplens", "unused_port"]
