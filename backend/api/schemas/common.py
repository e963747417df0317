"""Parts that several resources share."""

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from bellwether_contracts.market import GRADED_HORIZONS, TICKER_PATTERN


class Schema(BaseModel):
    """Base of every request and response: unknown request fields are errors, not silence."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


def _upper(value: Any) -> Any:
    return value.strip().upper() if isinstance(value, str) and len(value) <= 32 else value


def _graded(value: int) -> int:
    if value not in GRADED_HORIZONS:
        raise ValueError(f"models are deployed at {', '.join(map(str, GRADED_HORIZONS))} sessions")
    return value


TickerField = Annotated[
    str,
    BeforeValidator(_upper, json_schema_input_type=str),
    Field(pattern=TICKER_PATTERN, description="As Yahoo spells it.", examples=["AAPL", "2330.TW"]),
]
ExchangeField = Annotated[
    str,
    BeforeValidator(_upper, json_schema_input_type=str),
    Field(
        pattern=r"^[A-Z]{2,6}$",
        description="Market identifier code (XNAS, XNYS, XTAI) or market (US, TW). Left out, it follows the ticker.",
        examples=["XNAS", "TW"],
    ),
]
TickerPath = Annotated[str, BeforeValidator(_upper), Path(pattern=TICKER_PATTERN, examples=["AAPL"])]
TickerQuery = Annotated[
    str | None, BeforeValidator(_upper), Query(pattern=TICKER_PATTERN, description="Only this ticker.")
]
GradedHorizon = Annotated[int, Field(json_schema_extra={"enum": list(GRADED_HORIZONS)}), AfterValidator(_graded)]
HorizonQuery = Annotated[GradedHorizon | None, Query(description="Only this graded horizon, in sessions: 1, 5 or 20.")]
ModelId = Annotated[int, Path(ge=1, le=2**53 - 1)]
Limit = Annotated[int, Query(ge=1, le=500, description="Rows a page.")]
Offset = Annotated[int, Query(ge=0, le=1_000_000, description="Rows to skip.")]


class Problem(Schema):
    """An error, as RFC 9457 has it."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    detail: str = Field(description="What was wrong and what is allowed.")
    instance: str
    request_id: str = Field(description="Names this request in every log.")
    errors: list[dict[str, JsonValue]] | None = Field(default=None, description="Field by field, for a 422.")
