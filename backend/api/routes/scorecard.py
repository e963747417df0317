"""How forecasts turned out once the market had answered."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from backend.api.deps import RuntimeDep
from backend.api.problems import documented
from backend.api.schemas.common import TickerQuery
from backend.api.schemas.scorecard import ScorecardAnswer, ScoreSeries
from backend.src.data.scorecard_store import ScoreFilter
from bellwether_contracts.market import MAX_HORIZON

router = APIRouter(prefix="/api/scorecard", tags=["scorecard"])


def _filter(
    ticker: TickerQuery = None,
    source: Annotated[Literal["yahoo", "files", "sample", "simulation"] | None, Query()] = None,
    model_id: Annotated[int | None, Query(ge=1, le=2**53 - 1)] = None,
    model_type: Annotated[str | None, Query(max_length=32, pattern=r"^[a-z0-9_]+$")] = None,
    variant: Annotated[str | None, Query(pattern=r"^[0-9a-f]{12}$", description="A replay's settings.")] = None,
    horizon: Annotated[int | None, Query(ge=1, le=MAX_HORIZON, description="Sessions ahead.")] = None,
    replayed: Annotated[
        bool | None, Query(description="true: only what a replay made; false: only what was served.")
    ] = None,
    shadow: Annotated[
        bool, Query(description="true: only what challengers made in shadow; nobody was served that.")
    ] = False,
) -> ScoreFilter:
    return ScoreFilter(ticker, source, model_id, model_type, variant, horizon, replayed, shadow)


FilterDep = Annotated[ScoreFilter, Depends(_filter)]


@router.get("", responses=documented(422))
def get_scorecard(runtime: RuntimeDep, wanted: FilterDep) -> ScorecardAnswer:
    """Each model's record beside naive on the same sessions, by ticker and horizon."""
    return ScorecardAnswer.model_validate({"items": runtime.scorecard.summary(wanted)})


@router.get("/series", responses=documented(404, 422))
def get_score_series(runtime: RuntimeDep, wanted: FilterDep) -> ScoreSeries:
    """The running record of one model at one horizon, for a chart."""
    return ScoreSeries.model_validate(runtime.scorecard.series(wanted))
