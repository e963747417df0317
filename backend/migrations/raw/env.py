"""Runs the migrations of raw's database on the connection that `backend.src.data.migrate` hands in."""

from alembic import context

from backend.src.data.orm import RawBase

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=RawBase.metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
