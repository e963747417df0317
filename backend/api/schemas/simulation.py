"""The simulated market: started, watched, ended."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from backend.api.schemas.common import Schema, TickerField

ScenarioName = Literal["plain", "regime", "bad_model"]


class SimulationBody(Schema):
    """Replay the newest sessions of a held ticker at speed, as a market of its own."""

    ticker: TickerField
    sessions: int = Field(default=60, ge=5, le=500, description="How many are replayed, the newest that are held.")
    speed: float = Field(default=1.0, gt=0, le=50, description="Sessions a second, if the platform keeps up.")
    scenario: ScenarioName = Field(
        default="plain",
        description="`plain`: what really happened. `regime`: after a break, returns follow another law. "
        "`bad_model`: a model that learned a market that never was is made champion.",
    )
    seed: int = Field(default=42, ge=0, le=2**31 - 1, description="Of what is planted.")


class Market(Schema):
    """The simulated market as it stands. It shows as source `simulation`, under a ticker that ends in `.SIM`."""

    state: Literal["none", "requested", "running", "finished", "stopped", "failed"]
    running: bool = Field(description="It runs, or waits for its driver.")
    label: str | None = Field(default=None, description="What it is, in words.")
    ticker: str | None = Field(default=None, description="The simulated ticker.")
    base: str | None = Field(default=None, description="Whose series is replayed.")
    base_source: str | None = None
    scenario: ScenarioName | None = None
    seed: int | None = None
    speed: float | None = None
    opens: date | None = Field(default=None, description="The first simulated session.")
    planted: date | None = Field(default=None, description="Where the scenario departs from what really happened.")
    session: date | None = Field(default=None, description="Its today.")
    last_session: date | None = None
    done: int | None = Field(default=None, description="Sessions that went the whole way.")
    sessions: int | None = None
    stage: str | None = Field(default=None, description="What it does now, in words.")
    error: str | None = None
    requested_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    scenarios: list[ScenarioName] = Field(description="Those that there are.")
