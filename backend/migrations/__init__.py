"""Alembic migrations of the two databases: `raw` and `meta`."""
