"""What the gateway makes of a request's text, and of its encodings."""

import gzip
import zlib

import lz4.frame  # type: ignore[import-untyped]
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from local_stack.clickhouse_gateway import compression, sql
from local_stack.clickhouse_gateway.errors import ClickHouseError


@pytest.mark.parametrize(
    ("text", "head", "output_format", "data"),
    [
        (b"INSERT INTO t (a, b) FORMAT Native\n\x00\n\x01", b"INSERT INTO t (a, b) ", "Native", b"\x00\n\x01"),
        (b"insert into t format JSONEachRow {}", b"insert into t ", "JSONEachRow", b"{}"),
        (b"INSERT INTO t FORMAT CSV;\r\n1;2", b"INSERT INTO t ", "CSV", b"1;2"),
        (b"INSERT INTO t FORMAT CSV\n\n1", b"INSERT INTO t ", "CSV", b"\n1"),
        (b"INSERT INTO t FORMAT CSV", b"INSERT INTO t ", "CSV", b""),
        (b"INSERT INTO `format values` VALUES (1)", b"INSERT INTO `format values` ", "Values", b" (1)"),
        (b"INSERT INTO t SETTINGS a='FORMAT x' VALUES(1)", b"INSERT INTO t SETTINGS a='FORMAT x' ", "Values", b"(1)"),
        (
            b"/* FORMAT x */ INSERT INTO t -- VALUES\nVALUES (1)",
            b"/* FORMAT x */ INSERT INTO t -- VALUES\n",
            "Values",
            b" (1)",
        ),
        (b"INSERT INTO t (values, format) VALUES (1,2)", b"INSERT INTO t (values, format) ", "Values", b" (1,2)"),
    ],
)
def test_insert_data_begins_where_a_server_would_take_it(
    text: bytes, head: bytes, output_format: str, data: bytes
) -> None:
    statement = sql.parse(text)

    assert (statement.verb, statement.format) == ("INSERT", output_format)
    assert text[: statement.sql_end] == head
    assert text[statement.data_start :] == data


@pytest.mark.parametrize(
    ("text", "verb", "output_format"),
    [
        (b"INSERT INTO t SELECT * FROM values('a Int8', 1)", "INSERT", None),
        (b"SELECT 'FORMAT CSV'", "SELECT", None),
        (b"select 1 format TSV settings max_threads=1;", "SELECT", "TSV"),
        (b"SELECT (SELECT 1 AS format), 'it''s; fine' FORMAT JSON", "SELECT", "JSON"),
        (b"WITH 1 AS x SELECT x", "WITH", None),
        (b"-- why\nCREATE TABLE t (a Int8) ENGINE = Memory;;", "CREATE", None),
        (b"SELECT formatDateTime(now(), '%F'), $$a;b$$", "SELECT", None),
    ],
)
def test_statement_without_data_is_left_whole(text: bytes, verb: str, output_format: str | None) -> None:
    statement = sql.parse(text)

    assert (statement.verb, statement.format, statement.data_start) == (verb, output_format, None)


@pytest.mark.parametrize("text", [b"", b"  -- nothing\n", b"SELECT 1; SELECT 2", b"INSERT INTO t FORMAT", b"/**/;"])
def test_text_that_is_not_one_statement_is_a_syntax_error(text: bytes) -> None:
    with pytest.raises(ClickHouseError, match="Syntax error") as refusal:
        sql.parse(text)
    assert (refusal.value.code, refusal.value.status) == (62, 400)


def test_only_a_plain_select_in_a_format_without_frame_is_streamed() -> None:
    assert sql.parse(b"SELECT 1").streamable_as("Native")
    assert not sql.parse(b"SELECT 1").streamable_as("JSON")
    assert not sql.parse(b"SELECT a, count() FROM t GROUP BY a WITH TOTALS").streamable_as("TSV")
    assert not sql.parse(b"SHOW TABLES").streamable_as("TSV")


ENCODERS = {
    "lz4": lz4.frame.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
}


@given(frames=st.lists(st.binary(max_size=300), min_size=1, max_size=4), step=st.integers(1, 97))
@pytest.mark.parametrize("encoding", compression.ENCODINGS)
def test_body_of_several_frames_is_decoded_however_it_is_cut(encoding: str, frames: list[bytes], step: int) -> None:
    body = b"".join(map(ENCODERS[encoding], frames))
    decoder = compression.Decoder(encoding)

    decoded = b"".join(decoder.feed(body[start : start + step]) for start in range(0, len(body), step))
    decoder.finish()

    assert decoded == b"".join(frames)


@pytest.mark.parametrize("encoding", compression.ENCODINGS)
def test_body_that_is_cut_short_is_refused(encoding: str) -> None:
    decoder = compression.Decoder(encoding)
    decoder.feed(ENCODERS[encoding](b"x" * 1000)[:-6])

    with pytest.raises(ClickHouseError, match="cut short"):
        decoder.finish()


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("lz4,zstd,gzip,deflate", "lz4"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, zstd;q=0", "gzip"),
        ("br", None),
        ("", None),
    ],
)
def test_response_encoding_is_the_cheapest_that_the_client_accepts(header: str, chosen: str | None) -> None:
    assert compression.choose(header) == chosen
