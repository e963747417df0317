"""What a model did out of sample, as the page draws it."""

from datetime import date

from pydantic import Field

from backend.api.schemas.common import Schema


class ResidualMonth(Schema):
    """Errors of the forecasts made in one month, in log returns."""

    month: date = Field(description="Its first day.")
    sessions: int = Field(description="Forecasts whose outcome is known.")
    mean: float = Field(description="Mean of actual - forecast: above 0, the forecasts were too low.")
    lower: float = Field(description="10 % of the errors are below.")
    upper: float = Field(description="10 % of the errors are above.")
    mae: float
    naive_mae: float = Field(description="Of `no change` on the same sessions.")


class Residuals(Schema):
    """A model's errors out of sample over time."""

    model_id: int
    horizon: int
    months: list[ResidualMonth]
