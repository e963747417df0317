"""Becomes the PostgreSQL server: prepares the cluster, drops root's rights, executes the server in this process."""

import os
import sys

from local_stack.layout import layout_from_environment
from local_stack.postgres import PostgresSetupError, prepare_cluster


def main() -> None:
    """Replace this process by the server, so that its pid is the postmaster's."""
    layout = layout_from_environment()
    try:
        cluster = prepare_cluster(layout)
    except (PostgresSetupError, OSError) as error:
        sys.exit(f"postgres: {error}")
    sys.stdout.flush()
    if cluster.account is not None:
        os.setgroups([])
        os.setgid(cluster.account.gid)
        os.setuid(cluster.account.uid)
    os.chdir(cluster.data)
    command = cluster.server_command(layout.ports["postgres"])
    os.execv(command[0], command)  # noqa: S606 (no shell is meant)


if __name__ == "__main__":
    main()
