"""Nginx shares requests out as the brief says, measured over 5,000 of each kind."""

import asyncio
import re
from collections import Counter

import httpx
import pytest

pytestmark = pytest.mark.stack

REQUESTS = 5000
CONNECTIONS = 10
SERVED_BY = re.compile(rb"^x-served-by: (\w+)\r$", re.IGNORECASE | re.MULTILINE)


@pytest.mark.parametrize(
    ("path", "first_share"),
    [("/api/predict/future/status/x", 0.70), ("/api/train/status/x", 0.30), ("/api/system", 0.50)],
    ids=["predict 70/30", "train 30/70", "rest 1:1"],
)
async def test_requests_are_shared_out_within_two_points(base_url: str, path: str, first_share: float) -> None:
    asked = [pipelined(httpx.URL(base_url), path, REQUESTS // CONNECTIONS) for _ in range(CONNECTIONS)]
    served = sum(await asyncio.gather(*asked), Counter())
    assert set(served) == {b"backend1", b"backend2"}
    assert served.total() == REQUESTS
    assert served[b"backend1"] / REQUESTS == pytest.approx(first_share, abs=0.02)


async def pipelined(url: httpx.URL, path: str, count: int) -> Counter[bytes]:
    """Who served each of many requests over one connection, sent without waiting: most of the time was the client's."""
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = f"GET {path} HTTP/1.1\r\nHost: {url.host}:{url.port}\r\n"
    writer.write(f"{head}\r\n".encode() * (count - 1) + f"{head}Connection: close\r\n\r\n".encode())
    answers = await reader.read()
    writer.close()
    return Counter(SERVED_BY.findall(answers))
