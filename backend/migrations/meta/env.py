"""Runs the migrations of meta's database on the connection that `backend.src.data.migrate` hands in."""

from alembic import context

from backend.src.data import monitor_orm, simulation_orm  # noqa: F401 - their tables join the others' metadata
from backend.src.data.orm import MetaBase

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=MetaBase.metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
