"""What one ws_monitor process pushes, beside the websockets library's `broadcast()`: `python benchmarks/fan_out.py`.

500 clients in a process of their own, 100 messages a second of 1 KiB. Rounds of both servers take turns, and the
medians of the rounds are printed: latency from the message to the client, the server's CPU a delivery, what was lost.
`--find-most` raises the rate while the p99 stays under 100 ms, `--stalled 50` lets clients stop reading,
`--through-kafka` runs the whole product: a broker, ClickHouse, and ws_monitor as it is started in production.
"""

import argparse
import contextlib
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import orjson
import psutil
from fan_out_servers import HOST, SERVERS, Due, message

from ws_monitor.tests.servers import Broker, Gateway, WsMonitor, eventually, free_port, listens

HERE = Path(__file__).parent
OURS, PEER = SERVERS
LIMIT_MS = 100
STEP = 1.25


@dataclass(frozen=True)
class Load:
    """What a round puts on a server."""

    clients: int
    rate: float
    seconds: float
    stalled: int = 0
    processes: int = 1
    """That the clients are spread over; at high rates one alone would be what is measured."""

    @property
    def messages(self) -> int:
        """How many messages are sent."""
        return int(self.rate * self.seconds)


@dataclass(frozen=True)
class Running:
    """A server, and what makes it fed."""

    process: psutil.Process
    url: str
    begin: Callable[[], None]
    metrics_url: str | None = None


@contextlib.contextmanager
def fed(server: str, load: Load) -> Iterator[Running]:
    """A server process that feeds itself."""
    port = free_port()
    command = [sys.executable, str(HERE / "fan_out_servers.py"), server, *map(str, (port, load.rate, load.seconds))]
    process = subprocess.Popen(command)  # noqa: S603
    try:
        eventually(lambda: listens(port), 30)
        begin = lambda: process.send_signal(signal.SIGUSR1)  # noqa: E731
        metrics = f"http://{HOST}:{port}/metrics" if server == OURS else None
        yield Running(psutil.Process(process.pid), f"ws://{HOST}:{port}/ws/predictions", begin, metrics)
    finally:
        process.terminate()
        process.wait(20)


@contextlib.contextmanager
def whole(_server: str, load: Load) -> Iterator[Running]:
    """ws_monitor as in production, with messages that come through Kafka and go to ClickHouse."""
    with tempfile.TemporaryDirectory() as folder:
        broker, gateway = Broker(Path(folder) / "broker.log"), Gateway(Path(folder))
        producing = threading.Thread(target=_produce, args=(broker.bootstrap, load))
        with contextlib.ExitStack() as ends:
            ends.callback(broker.kill)
            broker.start_with_topics()
            ends.callback(gateway.kill)
            gateway.start()
            monitor = WsMonitor(broker, gateway.new_database(), Path(folder))
            ends.callback(monitor.kill)
            monitor.start_ready()
            process = psutil.Process(monitor.running.pid)
            yield Running(process, f"{monitor.ws}/ws/predictions", producing.start, f"{monitor.http}/metrics")
            producing.join()


def _produce(bootstrap: str, load: Load) -> None:
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": bootstrap, "acks": "all", "linger.ms": 0})
    began = time.monotonic()
    for number in range(load.messages):
        due = Due(number, began + number / load.rate)
        time.sleep(max(0.0, due.at - time.monotonic()))
        event = message(due)
        producer.produce("stock_predictions", key=event.key, value=event.to_kafka())
        producer.poll(0)
    producer.flush(10)


def measure(server: str, load: Load, start: Callable[..., Any] = fed) -> dict[str, Any]:
    """One round."""
    with start(server, load) as running:
        clients = [_clients(running.url, load) for _ in range(load.processes)]
        for process in clients:
            if _line(process) != "ready\n":
                raise RuntimeError("the clients could not be attached")
        before, memory = running.process.cpu_times(), running.process.memory_info().rss
        running.begin()
        found = _together([orjson.loads(_line(process)) for process in clients])
        after = running.process.cpu_times()
        used = after.user + after.system - before.user - before.system
        found["us_a_delivery"] = used / max(found["delivered"], 1) * 1e6
        found["memory_mb"] = (running.process.memory_info().rss - memory) / 2**20
        found["dropped"] = _dropped(running.metrics_url)
        for process in clients:
            process.wait(30)
        return found


def _clients(url: str, load: Load) -> "subprocess.Popen[str]":
    numbers = ((load.clients - load.stalled) // load.processes, load.stalled // load.processes, load.messages)
    command = [sys.executable, str(HERE / "fan_out_clients.py"), url, *map(str, numbers)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603


def _line(process: "subprocess.Popen[str]") -> str:
    if process.stdout is None:
        raise RuntimeError("a process without its output")
    return process.stdout.readline()


def _together(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """What several processes of clients saw: sums, and of the latencies the worst."""
    return {name: (max if name.endswith("_ms") else sum)([part[name] for part in parts]) for name in parts[0]}


def _dropped(metrics_url: str | None) -> int:
    if metrics_url is None:
        return 0
    lines = httpx.get(metrics_url).text.splitlines()
    return sum(int(float(line.split()[1])) for line in lines if line.startswith("bellwether_ws_frames_dropped_total "))


COLUMNS = ("p50_ms", "p99_ms", "us_a_delivery", "lost", "out_of_order", "memory_mb", "dropped")


def median_of(rounds: list[dict[str, Any]]) -> dict[str, float]:
    """The median of each number over the rounds; of what was lost, the worst."""
    worst = ("lost", "out_of_order")
    return {
        name: (max if name in worst else statistics.median)([one[name] for one in rounds if one[name] is not None])
        for name in COLUMNS
    }


def show(name: str, numbers: dict[str, Any]) -> None:
    """Print one line of the table."""
    shown = "".join(f"{numbers[column]:>14,.2f}" for column in COLUMNS)
    print(f"{name:<28}{shown}", flush=True)  # noqa: T201


def compare(kinds: dict[str, Callable[[], dict[str, Any]]], rounds: int) -> None:
    """Rounds of all kinds in turn, then their medians and how the first stands to the last."""
    print(" " * 28 + "".join(f"{column:>14}" for column in COLUMNS))  # noqa: T201
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, run in kinds.items():
            found[name].append(run())
            show(f"  {name}", found[name][-1])
    medians = {name: median_of(of) for name, of in found.items()}
    for name, numbers in medians.items():
        show(name, numbers)
    first, *_, last = (*medians.values(), *medians.values())
    if len(medians) > 1:
        ratios = [f"{column} {first[column] / last[column]:.2f}" for column in COLUMNS[:3]]
        print(f"{next(iter(kinds))} / {list(kinds)[-1]}: {', '.join(ratios)}")  # noqa: T201
    if first["dropped"]:
        told = {key: [one[key] for one in next(iter(found.values()))] for key in ("stalled_told", "stalled_1013")}
        print(f"stalled clients told that they lagged, and closed with 1013, by round: {told}")  # noqa: T201


def find_most(load: Load) -> None:
    """Raise the rate until the p99 passes the limit or something is lost."""
    for server in SERVERS:
        rate, most = load.rate, 0.0
        while True:
            found = measure(server, replace(load, rate=rate, processes=2))
            show(f"  {server} {rate:,.0f}/s", found)
            if found["lost"] or found["p99_ms"] > LIMIT_MS:
                break
            most, rate = rate, rate * STEP
        deliveries = most * load.clients
        print(f"{server}: {most:,.0f} messages/s = {deliveries:,.0f} deliveries/s with p99 < {LIMIT_MS} ms")  # noqa: T201


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--rate", type=float, default=100, help="messages a second")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--find-most", action="store_true")
    parser.add_argument("--through-kafka", action="store_true")
    parser.add_argument("--stalled", type=int, default=0, help="this many of the clients stop reading")
    options = parser.parse_args()
    load = Load(options.clients, options.rate, options.seconds)
    if options.find_most:
        find_most(load)
    elif options.through_kafka:
        compare({"ws_monitor, through Kafka": lambda: measure(OURS, load, whole)}, options.rounds)
    elif options.stalled:
        with_stalled = Load(options.clients, options.rate, max(options.seconds, 16), options.stalled)
        healthy = Load(options.clients - options.stalled, options.rate, with_stalled.seconds)
        kinds = {f"{options.stalled} stalled": with_stalled, "all healthy": healthy}
        compare({name: lambda of=of: measure(OURS, of) for name, of in kinds.items()}, options.rounds)
    else:
        compare({server: lambda server=server: measure(server, load) for server in SERVERS}, options.rounds)


if __name__ == "__main__":
    main()
