"""The simulated market."""

from fastapi import APIRouter

from backend.api.deps import RequestIdDep, RuntimeDep
from backend.api.problems import documented
from backend.api.schemas.simulation import Market, SimulationBody
from backend.api.simulations import begin, end, market

router = APIRouter(tags=["simulation"])


@router.get("/api/simulation")
def get_simulation(runtime: RuntimeDep) -> Market:
    """The simulated market that was asked for last, and how far it is."""
    return market(runtime.simulations.latest())


@router.post("/api/simulation", status_code=202, responses=documented(404, 409, 422))
def start_simulation(runtime: RuntimeDep, body: SimulationBody, request_id: RequestIdDep) -> Market:
    """Replay a ticker's newest sessions through the real path, under a ticker of its own: `AAPL` as `AAPL.SIM`.

    One market is simulated at a time. What an earlier one left is taken out first.
    """
    return market(begin(runtime, body, f"api:{request_id}"))


@router.delete("/api/simulation", responses=documented(409))
def end_simulation(runtime: RuntimeDep) -> Market:
    """End it and take everything of it out of the stores. Doing it twice changes nothing."""
    end(runtime)
    return market(runtime.simulations.latest())
