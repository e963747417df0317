"""Just enough of ClickHouse's lexer to tell what a request is: its verb, its format, and where an INSERT's data begins.

The engine parses the SQL itself. It can't be given the text of an `INSERT ... FORMAT X` with its data, though: as a
library it takes the data to end at the first newline, where a server takes the whole request body.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from local_stack.clickhouse_gateway.errors import SYNTAX_ERROR, ClickHouseError

_TOKEN = re.compile(
    rb"""
    (?P<skip>\s+|--[^\n]*|\#[\ !][^\n]*|/\*.*?\*/)
    |(?P<text>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`\\]|\\.|``)*`|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<number>\d\w*)
    |(?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
# As the server skips to the data: a semicolon, blanks, and one line break.
_BEFORE_DATA = re.compile(rb";?[ \t\f]*\r?\n?")

_WITHOUT_RESULT = frozenset(
    b"ALTER ATTACH BACKUP BEGIN COMMIT CREATE DELETE DETACH DROP EXCHANGE GRANT INSERT MOVE OPTIMIZE RENAME REPLACE "
    b"RESTORE REVOKE ROLLBACK SET SYSTEM TRUNCATE UNDROP UPDATE USE".split()
)
# Formats whose blocks can be written one after another: no header, no footer, no separator between rows.
_STREAMABLE = frozenset({"Native", "TabSeparated", "TSV", "CSV", "RowBinary"})
_QUERY_WORDS = frozenset({b"SELECT", b"WITH", b"FROM", b"WATCH"})


@dataclass(frozen=True)
class Statement:
    """What one request asks for.

    Attributes:
        verb: The first keyword, in capitals; INSERT also when a WITH clause precedes it.
        format: The format that the text names, for the result or for an INSERT's data.
        sql_end: Where the statement ends and an INSERT's data clause begins, when data follows.
        data_start: Where an INSERT's data begins; None when the statement carries none.
        has_totals: Whether the result has more than its rows (totals, extremes).
    """

    verb: str
    format: str | None = None
    sql_end: int | None = None
    data_start: int | None = None
    has_totals: bool = False

    @property
    def returns_rows(self) -> bool:
        """Whether the statement has a result set, be it empty."""
        return self.verb.encode() not in _WITHOUT_RESULT

    def streamable_as(self, output_format: str) -> bool:
        """Whether the result can be sent block by block in this format."""
        return self.verb in ("SELECT", "WITH") and output_format in _STREAMABLE and not self.has_totals


@dataclass(frozen=True)
class _Token:
    kind: str
    value: bytes
    start: int
    end: int


def _top_level(text: bytes) -> Iterator[_Token]:
    """Yield the tokens that stand outside every bracket; comments and blanks are left out."""
    depth = 0
    for match in _TOKEN.finditer(text):
        value = match[0]
        depth -= value in (b")", b"]", b"}")
        if depth <= 0 and match.lastgroup != "skip":
            yield _Token(_kind(match), value.upper() if match["word"] else value, match.start(), match.end())
        depth += value in (b"(", b"[", b"{")


def _kind(match: re.Match[bytes]) -> str:
    return "word" if match["word"] else "other"


def parse(text: bytes) -> Statement:
    """Tell what the request's text is.

    Args:
        text: The request's text; for an INSERT with data, at least as much as holds the statement.

    Raises:
        ClickHouseError: The text is empty, or holds more than one statement.
    """
    tokens = _top_level(text)
    first = next(tokens, None)
    if first is None or first.value == b";":
        raise ClickHouseError.of_gateway(SYNTAX_ERROR, "Syntax error: empty query.")
    if first.value == b"INSERT":
        return _parse_insert(text, tokens)
    return _parse_other(text, first, tokens)


def _parse_insert(text: bytes, tokens: Iterator[_Token]) -> Statement:
    """Find the clause that ends an INSERT's statement: FORMAT or VALUES before data, a query, or nothing."""
    next(tokens, None)  # INTO, so that a table named like a keyword in the next place is the only thing to mistake
    for token in tokens:
        if token.kind != "word":
            continue
        if token.value in _QUERY_WORDS:
            break
        if token.value == b"VALUES":
            return Statement("INSERT", "Values", token.start, token.end)
        if token.value == b"FORMAT":
            return _insert_with_format(text, token, next(tokens, None))
    return Statement("INSERT")


def _insert_with_format(text: bytes, clause: _Token, name: _Token | None) -> Statement:
    if name is None or name.kind != "word":
        raise ClickHouseError.of_gateway(SYNTAX_ERROR, "Syntax error: FORMAT is not followed by a format's name.")
    gap = _BEFORE_DATA.match(text, name.end)
    data_start = gap.end() if gap else name.end
    return Statement("INSERT", text[name.start : name.end].decode(), clause.start, data_start)


def _parse_other(text: bytes, first: _Token, tokens: Iterator[_Token]) -> Statement:
    verb, output_format, has_totals = first.value, None, False
    previous: _Token | None = first
    for token in tokens:
        if previous is not None and previous.value == b";" and token.value != b";":
            raise ClickHouseError.of_gateway(SYNTAX_ERROR, "Syntax error (multi-statements are not allowed).")
        if previous is not None and previous.value == b"FORMAT" and token.kind == "word":
            output_format = text[token.start : token.end].decode()
        if verb == b"WITH" and token.value == b"INSERT":
            verb = b"INSERT"
        has_totals = has_totals or token.value in (b"TOTALS", b"EXTREMES")
        previous = token
    return Statement(verb.decode(errors="replace"), output_format, has_totals=has_totals)
