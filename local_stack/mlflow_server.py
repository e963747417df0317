"""The MLflow server in one process.

`mlflow server` starts uvicorn as a child and stays beside it for good: twice the memory, twice the imports at each
start. What it does before is done here, then the same application is served by this process.
"""

import os
import socket

import uvicorn

from local_stack.environment import MLFLOW_BUCKET, database_url
from local_stack.layout import Layout, layout_from_environment
from local_stack.ports import LOOPBACK

_ARTIFACT_ROOT = "mlflow-artifacts:/"  # clients send artifacts to the server, which puts them on S3


def main() -> None:
    """Bring the database up to date, then serve until a signal ends it."""
    layout = layout_from_environment()
    os.environ.update(server_environment(layout))
    # Imported only now: MLflow reads its environment while it is imported.
    from mlflow.server.handlers import initialize_backend_stores

    store = os.environ["_MLFLOW_SERVER_FILE_STORE"]
    initialize_backend_stores(store, store, _ARTIFACT_ROOT)
    uvicorn.run("mlflow.server.fastapi_app:app", host=LOOPBACK, port=layout.ports["mlflow"], access_log=False)


def server_environment(layout: Layout) -> dict[str, str]:
    """What `mlflow server` hands to its uvicorn, for metadata in PostgreSQL and artifacts on S3."""
    store = database_url(layout, "mlflow_db", driver="psycopg2")
    port = layout.ports["mlflow"]
    names = (LOOPBACK, "localhost", socket.gethostname())
    return {
        "_MLFLOW_SERVER_FILE_STORE": store,
        "_MLFLOW_SERVER_REGISTRY_STORE": store,
        "_MLFLOW_SERVER_ARTIFACT_ROOT": _ARTIFACT_ROOT,
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": f"s3://{MLFLOW_BUCKET}",
        "_MLFLOW_SGI_NAME": "uvicorn",
        "MLFLOW_ENABLE_WORKSPACES": "false",
        # Otherwise MLflow starts seven more processes of 290 MB each.
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        # A Host header carries the port unless it is the scheme's own.
        "MLFLOW_SERVER_ALLOWED_HOSTS": ",".join(f"{name}{suffix}" for name in names for suffix in ("", f":{port}")),
    }


if __name__ == "__main__":
    main()
