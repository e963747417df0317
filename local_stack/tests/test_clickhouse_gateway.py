"""The gateway's HTTP interface, asked by clickhouse-connect and by plain HTTP."""

import datetime as dt
import gzip
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import clickhouse_connect
import httpx
import lz4.frame  # type: ignore[import-untyped]
import pandas as pd
import pyarrow as pa
import pytest
import zstandard
from clickhouse_connect.driver import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from local_stack.tests.gateway_process import GatewayProcess, running

BODY_LIMIT_MIB = 8
COLUMNS = ["ticker", "session", "close", "version"]
TYPES = ["String", "Date32", "Float64", "UInt64"]
AAPL = ("AAPL", dt.date(2024, 7, 1), 216.75, 1)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    with running(tmp_path_factory.mktemp("gateway") / "data", "--max-body-mib", str(BODY_LIMIT_MIB)) as process:
        process.post("CREATE DATABASE bellwether").raise_for_status()
        yield process


@pytest.fixture
def client(gateway: GatewayProcess) -> Iterator[Client]:
    with gateway.client("bellwether") as client:
        yield client


@pytest.fixture
def table(client: Client) -> Iterator[str]:
    name = f"bars_{uuid.uuid4().hex}"
    columns = ", ".join(f"{column} {kind}" for column, kind in zip(COLUMNS, TYPES, strict=True))
    client.command(
        f"CREATE TABLE {name} ({columns}) ENGINE = ReplacingMergeTree(version) ORDER BY (ticker, session) "
        "SETTINGS non_replicated_deduplication_window = 100"
    )
    yield name
    client.command(f"DROP TABLE {name}")


def count(client: Client, table: str) -> int:
    return int(client.query(f"SELECT count() FROM {table}").result_rows[0][0])


# --- queries, parameters, settings


def test_parameters_arrive_as_they_were_given(client: Client) -> None:
    given = {"text": 'it\'s \\ \t\n "x" é ; --', "day": dt.date(2024, 2, 29), "names": ["a'b", "c,d", ""], "n": -5}

    rows = client.query(
        "SELECT {text:String}, {day:Date}, {names:Array(String)}, {n:Int64}", parameters=given
    ).result_rows

    assert rows == [tuple(given.values())]


def test_parameters_too_long_for_an_address_come_as_a_form(client: Client) -> None:
    text = "é'" * 50_000

    assert client.query("SELECT {text:String} AS t", parameters={"text": text}).result_rows == [(text,)]


def test_parameter_can_name_a_table_to_insert_into(gateway: GatewayProcess, client: Client, table: str) -> None:
    sql = "INSERT INTO {t:Identifier} FORMAT CSV"
    gateway.post("AAPL,2024-07-01,1,1\n", query=sql, database="bellwether", param_t=table).raise_for_status()

    assert count(client, table) == 1


def test_setting_of_one_request_is_not_seen_by_the_next(client: Client) -> None:
    sql = "SELECT getSetting('max_block_size')"

    assert client.query(sql, settings={"max_block_size": 777}).result_rows == [(777,)]
    assert client.query(sql).result_rows != [(777,)]


async def test_async_client_reads_and_writes(gateway: GatewayProcess, table: str) -> None:
    async with await clickhouse_connect.get_async_client(
        host="127.0.0.1", port=gateway.port, database="bellwether"
    ) as client:
        await client.insert(table, [AAPL], column_names=COLUMNS)

        assert (await client.query(f"SELECT * FROM {table}")).result_rows == [AAPL]


def test_query_without_rows_has_its_columns(client: Client, table: str) -> None:
    assert client.query(f"SELECT * FROM {table} LIMIT 0").column_names == tuple(COLUMNS)
    assert client.query(f"SELECT * FROM {table}").result_rows == []


def test_get_reads_but_does_not_write(gateway: GatewayProcess) -> None:
    assert httpx.get(gateway.url, params={"query": "SELECT 1"}).text == "1\n"

    refused = httpx.get(gateway.url, params={"query": "CREATE DATABASE by_get"})

    assert (refused.status_code, refused.headers["x-clickhouse-exception-code"]) == (403, "164")


def test_default_format_is_used_unless_the_text_names_one(gateway: GatewayProcess) -> None:
    assert gateway.post("SELECT 1 AS a", default_format="CSVWithNames").text == '"a"\n1\n'
    answer = gateway.post("SELECT 1 AS a FORMAT JSONEachRow", default_format="CSV")
    assert (answer.text, answer.headers["x-clickhouse-format"]) == ('{"a":1}\n', "JSONEachRow")


# --- inserts


def test_rows_data_frame_and_arrow_are_inserted(client: Client, table: str) -> None:
    days = [dt.date(2024, 1, 1) + dt.timedelta(days=n) for n in range(1000)]
    columns = {"ticker": ["IBM"] * 1000, "session": days, "close": [n / 8 for n in range(1000)], "version": [1] * 1000}
    frame = pd.DataFrame(columns)

    rows = client.insert(table, [AAPL], column_names=COLUMNS)
    client.insert_df(table, frame)
    client.insert_arrow(table, pa.table(columns | {"ticker": ["GOOG"] * 1000}))

    assert rows.written_rows == 1
    sums = client.query(f"SELECT ticker, count(), sum(close) FROM {table} GROUP BY ticker ORDER BY ticker").result_rows
    assert sums == [("AAPL", 1, 216.75), ("GOOG", 1000, 62437.5), ("IBM", 1000, 62437.5)]
    assert (
        client.query_df(f"SELECT close FROM {table} WHERE ticker = 'IBM' ORDER BY session")["close"].tolist()
        == columns["close"]
    )


def test_final_keeps_the_newest_version_of_a_bar(client: Client, table: str) -> None:
    client.insert(table, [AAPL], column_names=COLUMNS)
    client.insert(table, [("AAPL", dt.date(2024, 7, 1), 217.0, 2)], column_names=COLUMNS)

    assert count(client, table) == 2
    assert client.query(f"SELECT close FROM {table} FINAL").result_rows == [(217.0,)]


def test_insert_with_a_repeated_token_is_dropped(client: Client, table: str) -> None:
    settings = {"insert_deduplication_token": "batch-1", "wait_for_async_insert": 1, "max_insert_block_size": 1000}
    for close in (1.0, 2.0):
        client.insert(table, [("AAPL", AAPL[1], close, 1)], column_names=COLUMNS, settings=settings)

    assert client.query(f"SELECT close FROM {table}").result_rows == [(1.0,)]


@pytest.mark.parametrize(
    "body",
    [
        'FORMAT JSONEachRow\n{"ticker":"A","session":"2024-07-01","close":1}\n{"ticker":"B;","session":"2024-07-01"}\n',
        "FORMAT CSV\nA,2024-07-01,1,1\nB,2024-07-01,1,1",
        "(ticker) VALUES ('a\\'b;'),\n\n(upper('c'));",
        "-- VALUES\n(ticker) SELECT toString(number) FROM numbers(2)",
    ],
)
def test_insert_takes_data_of_several_lines(gateway: GatewayProcess, client: Client, table: str, body: str) -> None:
    gateway.post(f"INSERT INTO {table} {body}", database="bellwether").raise_for_status()

    assert count(client, table) == 2


def test_insert_with_one_bad_row_leaves_nothing(gateway: GatewayProcess, client: Client, table: str) -> None:
    rows = "AAPL,2024-07-01,1,1\n" * 100 + "AAPL,2024-07-01,not a number,1\n"

    refused = gateway.post(rows, query=f"INSERT INTO {table} FORMAT CSV", database="bellwether")

    assert (refused.status_code, refused.headers["x-clickhouse-exception-code"]) == (400, "27")
    assert count(client, table) == 0


# --- errors


def test_error_carries_the_engines_text_and_code(client: Client, gateway: GatewayProcess) -> None:
    with pytest.raises(DatabaseError, match="UNKNOWN_TABLE") as failure:
        client.query("SELECT * FROM nowhere")
    assert failure.value.code == 60

    answer = gateway.post("SELECT * FROM nowhere")
    assert answer.status_code == 404
    assert answer.text.startswith("Code: 60. DB::Exception: ")


def test_unknown_database_is_named(gateway: GatewayProcess) -> None:
    with pytest.raises(DatabaseError, match="Database no_such does not exist"):
        gateway.client("no_such").query("SELECT 1")


@pytest.mark.parametrize(
    ("parameters", "headers", "body", "status", "code"),
    [
        ({}, {}, b"", 400, 62),
        ({}, {}, b"SELEC 1", 400, 62),
        ({}, {}, b"SELECT 1; DROP DATABASE bellwether", 400, 62),
        ({}, {}, b"SELECT {x:UInt8}", 400, 456),
        ({"param_x": "many"}, {}, b"SELECT {x:UInt8}", 400, 457),
        ({"no_such_setting": "1"}, {}, b"SELECT 1", 404, 115),
        ({"max_threads": "many"}, {}, b"SELECT 1", 400, 27),
        ({"max_threads' = 1, readonly": "0"}, {}, b"SELECT 1", 404, 115),
        ({"decompress": "1"}, {}, b"SELECT 1", 501, 48),
        ({}, {"Content-Encoding": "rot13"}, b"SELECT 1", 400, 89),
        ({}, {"Content-Encoding": "lz4"}, b"SELECT 1", 400, 271),
        ({}, {"Content-Encoding": "gzip"}, gzip.compress(b"SELECT 1")[:-4], 400, 271),
        ({}, {"Content-Encoding": "gzip"}, gzip.compress(b" " * (BODY_LIMIT_MIB * 2**20 + 1)), 413, 307),
        ({}, {"Content-Type": "multipart/form-data"}, b"SELECT 1", 400, 117),
    ],
)
def test_bad_request_is_refused_with_a_reason(
    gateway: GatewayProcess, parameters: dict[str, str], headers: dict[str, str], body: bytes, status: int, code: int
) -> None:
    answer = gateway.post(body, headers, **parameters)

    assert (answer.status_code, answer.headers["x-clickhouse-exception-code"]) == (status, str(code)), answer.text
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")


def test_error_after_the_first_block_reaches_a_streaming_client(client: Client) -> None:
    sql = "SELECT throwIf(number = 500000) AS n FROM numbers(1000000)"

    with (
        pytest.raises(Exception, match="FUNCTION_THROW_IF_VALUE_IS_NON_ZERO"),
        client.query_row_block_stream(sql) as blocks,
    ):
        for _block in blocks:
            pass


def test_error_after_the_first_block_is_a_status_when_the_client_waits_for_the_end(gateway: GatewayProcess) -> None:
    answer = gateway.post("SELECT throwIf(number = 500000) FROM numbers(1000000)", wait_end_of_query="1")

    assert (answer.status_code, answer.headers["x-clickhouse-exception-code"]) == (400, "395")


# --- compression

CODECS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    "lz4": (lz4.frame.compress, lz4.frame.decompress),
    "zstd": (
        zstandard.ZstdCompressor().compress,
        lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
    ),
    "gzip": (gzip.compress, gzip.decompress),
    "deflate": (zlib.compress, zlib.decompress),
}


@pytest.mark.parametrize("wait", ["0", "1"])
@pytest.mark.parametrize("encoding", CODECS)
def test_request_and_response_are_compressed_as_asked(gateway: GatewayProcess, encoding: str, wait: str) -> None:
    encode, decode = CODECS[encoding]
    rows = 400_000
    headers = {"Content-Encoding": encoding, "Accept-Encoding": encoding}

    with httpx.stream(
        "POST",
        gateway.url,
        content=encode(b"SELECT number FROM numbers(%d)" % rows),
        headers=headers,
        params={"wait_end_of_query": wait},
    ) as answer:
        body = b"".join(answer.iter_raw())

    assert answer.headers["content-encoding"] == encoding
    assert len(body) < 2_000_000
    assert decode(body) == b"".join(b"%d\n" % n for n in range(rows))


@pytest.mark.parametrize("compress", ["lz4", "zstd", "gzip", False])
def test_client_of_any_compression_gets_its_rows_back(
    gateway: GatewayProcess, table: str, compress: str | bool
) -> None:
    rows = [("T", dt.date(1990, 1, 1) + dt.timedelta(days=n), float(n), n) for n in range(5000)]
    with gateway.client("bellwether", compress=compress) as client:
        client.insert(table, rows, column_names=COLUMNS)

        assert client.query(f"SELECT * FROM {table} ORDER BY session").result_rows == rows


# --- several at once


def test_clients_insert_and_read_at_once(gateway: GatewayProcess, client: Client, table: str) -> None:
    def work(worker: int) -> list[int]:
        seen = []
        with gateway.client("bellwether") as own:
            for batch in range(10):
                rows = [
                    (f"W{worker}", dt.date(2000, 1, 1) + dt.timedelta(days=batch * 50 + n), 1.0, 1) for n in range(50)
                ]
                own.insert(table, rows, column_names=COLUMNS, column_type_names=TYPES)
                sql = f"SELECT count() FROM {table} WHERE ticker = {{w:String}}"
                seen.append(own.query(sql, parameters={"w": f"W{worker}"}).result_rows[0][0])
        return seen

    with ThreadPoolExecutor(4) as threads:
        seen = list(threads.map(work, range(4)))

    assert seen == [[50 * (batch + 1) for batch in range(10)]] * 4
    assert count(client, table) == 4 * 500


def test_ping_and_short_queries_do_not_wait_for_long_ones(gateway: GatewayProcess) -> None:
    sql = "SELECT sleepEachRow(0.5) FROM numbers(6) SETTINGS max_block_size = 1, max_threads = 1"
    answers: list[httpx.Response] = []
    long = [threading.Thread(target=lambda: answers.append(gateway.post(sql))) for _ in range(3)]
    for thread in long:
        thread.start()
    time.sleep(0.5)

    ping, short = httpx.get(f"{gateway.url}ping"), gateway.post("SELECT 1")
    answered_first = not answers
    for thread in long:
        thread.join()

    assert (ping.text, short.text) == ("Ok.\n", "1\n")
    assert answered_first
    assert [answer.text for answer in answers] == ["0\n" * 6] * 3


@pytest.mark.parametrize("wait", ["0", "1"])
def test_query_of_a_client_that_went_away_is_stopped(gateway: GatewayProcess, wait: str) -> None:
    sql = f"SELECT sum(sleepEachRow(0.2)), 'away{wait}' FROM numbers(500) SETTINGS max_block_size = 1, max_threads = 1"
    still = f"SELECT count() FROM system.processes WHERE query LIKE '%away{wait}%' AND query NOT LIKE '%processes%'"
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(gateway.url, content=sql, params={"wait_end_of_query": wait}, timeout=0.5)

    deadline = time.monotonic() + 5
    while gateway.post(still).text != "0\n":
        assert time.monotonic() < deadline
        time.sleep(0.1)
