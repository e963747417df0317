"""A lock by name that Postgres holds for as long as the holder's connection lives."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from backend.errors import ConflictError

_TAKE = text("SELECT pg_advisory_lock(hashtextextended(:name, 0))")
_GIVE = text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))")
_WAIT = text("SELECT set_config('lock_timeout', :wait, false)")


class Held:
    """A lock that is held."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def check(self) -> None:
        """Make sure that it still is: it went with its connection if the server restarted.

        Raises:
            OperationalError: The connection is gone.
        """
        self._connection.execute(text("SELECT 1"))


@contextmanager
def advisory_lock(engine: Engine, name: str, wait_seconds: float) -> Iterator[Held]:
    """Hold the lock while the block runs.

    Raises:
        ConflictError: Another holder kept it for longer than `wait_seconds`.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(_WAIT, {"wait": f"{int(wait_seconds * 1000)}ms"})
        try:
            connection.execute(_TAKE, {"name": name})
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) == "55P03":
                raise ConflictError(f"{name} is busy: another run has held it for {wait_seconds:g} s.") from error
            raise
        try:
            yield Held(connection)
        finally:
            # Closing the connection frees the lock whatever state either is in.
            connection.invalidate()
