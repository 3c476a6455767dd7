from tests.tmdb_server.stand_in import StandIn

__all__ = ["StandIn"]
