"""Settings that treat connections to PostgreSQL in other ways than the platform does."""
