"""`python -m local_stack.clickhouse_gateway --data-dir D --host 127.0.0.1 --port P`."""

import argparse
import os
import socket
import sys
from pathlib import Path

import structlog
import uvicorn
from anyio import to_thread

from bellwether_contracts import logging as service_logging
from local_stack.clickhouse_gateway.app import GatewaySettings, create_app
from local_stack.clickhouse_gateway.data_directory import DataDirectory
from local_stack.clickhouse_gateway.engine import Engine
from local_stack.clickhouse_gateway.engine_config import EngineLimits
from local_stack.clickhouse_gateway.errors import DataDirectoryError
from local_stack.clickhouse_gateway.request import Limits

_MIB = 1024 * 1024
_STOP_TIMEOUT_S = 3

log = structlog.get_logger("clickhouse_gateway")


class _Server(uvicorn.Server):
    """A server that does not wait for long reads to end before it stops: their clients get the engine's error."""

    def __init__(self, config: uvicorn.Config, engine: Engine) -> None:
        super().__init__(config)
        self._engine = engine

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await to_thread.run_sync(self._engine.stop_reads)
        await super().shutdown(sockets)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "clickhouse_gateway", description="The ClickHouse engine behind its HTTP interface."
    )
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--threads", type=int, default=8, help="queries at once; more wait their turn")
    parser.add_argument("--max-body-mib", type=int, default=256, help="largest request body, uncompressed")
    parser.add_argument("--max-memory-mib", type=int, default=1536, help="what the engine may allocate")
    return parser.parse_args()


def _serve(arguments: argparse.Namespace) -> None:
    directory = DataDirectory.claim(arguments.data_dir)
    engine = Engine.start(directory, EngineLimits(max_memory_bytes=arguments.max_memory_mib * _MIB))
    settings = GatewaySettings(
        Limits(arguments.max_body_mib * _MIB, directory.spool),
        password=os.environ.get("CLICKHOUSE_GATEWAY_PASSWORD", ""),
        threads=arguments.threads,
    )
    log.info("engine open", version=engine.version, data=str(directory.engine), port=arguments.port)
    config = uvicorn.Config(
        create_app(engine, settings),
        host=arguments.host,
        port=arguments.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_STOP_TIMEOUT_S,
    )
    _Server(config, engine).run()
    directory.release()


def main() -> int:
    """Run the gateway until it is told to stop."""
    arguments = _arguments()
    service_logging.configure(os.environ.get("SERVICE_NAME", "clickhouse"), os.environ.get("LOG_LEVEL", "INFO"))
    try:
        _serve(arguments)
    except DataDirectoryError as error:
        log.error("can't start", reason=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
