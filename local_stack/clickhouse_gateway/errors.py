"""ClickHouse's exceptions: their text, their codes, and the HTTP status each one is answered with."""

import re
from typing import Self

_CODE = re.compile(r"Code: (\d+)\.")

SYNTAX_ERROR = 62
NOT_IMPLEMENTED = 48
REQUIRED_PASSWORD = 194
AUTHENTICATION_FAILED = 516
UNKNOWN_COMPRESSION_METHOD = 89
INCORRECT_DATA = 117
CANNOT_DECOMPRESS = 271
TOO_MANY_BYTES = 307
UNKNOWN_EXCEPTION = 1002

_NAMES = {
    SYNTAX_ERROR: "SYNTAX_ERROR",
    NOT_IMPLEMENTED: "NOT_IMPLEMENTED",
    REQUIRED_PASSWORD: "REQUIRED_PASSWORD",
    AUTHENTICATION_FAILED: "AUTHENTICATION_FAILED",
    UNKNOWN_COMPRESSION_METHOD: "UNKNOWN_COMPRESSION_METHOD",
    INCORRECT_DATA: "INCORRECT_DATA",
    CANNOT_DECOMPRESS: "CANNOT_DECOMPRESS",
    TOO_MANY_BYTES: "TOO_MANY_BYTES",
}

# The server's own table (HTTPHandler's exceptionCodeToHTTPStatus); a code that is not here is a 500.
_STATUS_OF_CODES = {
    401: (REQUIRED_PASSWORD,),
    403: (164, 192, 193, 291, 497, AUTHENTICATION_FAILED),
    404: (46, 47, 50, 56, 60, 63, 73, 78, 81, 83, 115),
    400: (
        *(
            6,
            10,
            16,
            20,
            25,
            26,
            27,
            33,
            35,
            36,
            38,
            41,
            42,
            43,
            44,
            51,
            52,
            53,
            57,
            62,
            69,
            70,
            72,
            80,
            82,
            INCORRECT_DATA,
        ),
        *(130, 131, 168, 179, 184, 207, 215, 352, 386, 395, 427, 441, 456, 457, 467),
        *(UNKNOWN_COMPRESSION_METHOD, CANNOT_DECOMPRESS),
    ),
    408: (159,),
    413: (TOO_MANY_BYTES,),
    501: (NOT_IMPLEMENTED,),
    503: (202, 209),
}
_STATUS = {code: status for status, codes in _STATUS_OF_CODES.items() for code in codes}


class ClickHouseError(Exception):
    """An exception of the engine, or of the gateway in the engine's words."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text

    @property
    def status(self) -> int:
        """The HTTP status that a ClickHouse server answers this exception with."""
        return _STATUS.get(self.code, 500)

    @classmethod
    def of_gateway(cls, code: int, message: str) -> Self:
        """Phrase a refusal of the gateway as ClickHouse phrases its own."""
        return cls(code, f"Code: {code}. DB::Exception: {message} ({_NAMES[code]})")

    @classmethod
    def of_engine(cls, error: Exception) -> Self:
        """Take the engine's text as it came, without what the Python binding puts before it."""
        text = str(error)
        found = _CODE.search(text)
        if found is None:
            return cls(UNKNOWN_EXCEPTION, f"Code: {UNKNOWN_EXCEPTION}. DB::Exception: {text} (UNKNOWN_EXCEPTION)")
        return cls(int(found[1]), text[found.start() :].strip())


class DataDirectoryError(Exception):
    """The data directory can't be used; the text says why in one line."""
