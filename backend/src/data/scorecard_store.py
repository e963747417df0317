"""The view `scores`: every forecast beside what came. Read here by model and horizon, each forecast once."""

from dataclasses import dataclass
from typing import Any

from clickhouse_connect.driver.client import Client

from backend.src.features.bands import RECENT
from bellwether_contracts.market import COVERAGE_LEVELS

_MODEL = "ticker, source, replayed, shadow, model_id, model_type, variant"
_FILTERS = {
    "ticker": "ticker = {ticker:String}",
    "source": "source = {source:String}",
    "model_id": "model_id = {model_id:Int64}",
    "model_type": "model_type = {model_type:String}",
    "variant": "variant = {variant:String}",
    "horizon": "horizon = {horizon:UInt16}",
    "replayed": "replayed = {replayed:Bool}",
    "shadow": "shadow = {shadow:Bool}",
}
_COVERAGE = ",\n".join(f"avg(inside_{level}) AS coverage_{level}" for level in COVERAGE_LEVELS)
_RECENT = ",\n".join(
    f"arrayAvg(arraySlice(arrayMap(row -> row.{i}, history), -{RECENT})) AS recent_{level}"
    for i, level in enumerate(COVERAGE_LEVELS, start=4)
)


@dataclass(frozen=True, slots=True)
class ScoreFilter:
    """Which forecasts: a field that is None does not narrow. Without `shadow`, what challengers made is left out."""

    ticker: str | None = None
    source: str | None = None
    model_id: int | None = None
    model_type: str | None = None
    variant: str | None = None
    horizon: int | None = None
    replayed: bool | None = None
    shadow: bool = False

    def given(self) -> dict[str, Any]:
        """The fields that narrow, by name."""
        return {name: value for name in _FILTERS if (value := getattr(self, name)) is not None}


class ScorecardStore:
    """Reads `scores`. Asked a thousand times, a forecast counts once: as it was first answered."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def by_model(self, wanted: ScoreFilter) -> list[dict[str, Any]]:
        """One row for each ticker, source, model and horizon.

        Means are over scored forecasts and None where there is none. `errors` and `naive_errors` are their log errors
        in order of time; `recent_*` is the coverage over the last `RECENT` of them.
        """
        sql = f"""
            WITH once AS ({_once(wanted)})
            SELECT {_MODEL}, horizon, max(model_version) AS model_version,
                countIf(outcome = 'known') AS scored, countIf(outcome = 'pending') AS pending,
                min(target_session) AS first_target, max(target_session) AS last_target,
                avg(abs(error)) AS mae, avg(abs(naive_error)) AS naive_mae, avg(scaled_error) AS mase,
                avg(hit) AS hit_rate, count(hit) AS directions,
                {_COVERAGE},
                arraySort(groupArrayIf((last_session, assumeNotNull(error), assumeNotNull(naive_error),
                    assumeNotNull(inside_50), assumeNotNull(inside_80), assumeNotNull(inside_95)),
                    outcome = 'known')) AS history,
                arrayMap(row -> row.2, history) AS errors, arrayMap(row -> row.3, history) AS naive_errors,
                {_RECENT}
            FROM once GROUP BY {_MODEL}, horizon
            ORDER BY ticker, replayed, model_id, model_type, variant, source, horizon
        """  # noqa: S608 # names of our own
        result = self._client.query(f"SELECT * EXCEPT history FROM ({sql})", parameters=wanted.given())  # noqa: S608
        return list(result.named_results())

    def history(self, wanted: ScoreFilter) -> list[dict[str, Any]]:
        """The scored forecasts, each once, in order of their sessions."""
        sql = f"""
            WITH once AS ({_once(wanted)})
            SELECT {_MODEL}, horizon, last_session, target_session, predicted_close, actual_close, error, naive_error,
                scaled_error, hit, inside_50, inside_80, inside_95
            FROM once WHERE outcome = 'known'
            ORDER BY target_session
        """  # noqa: S608
        return list(self._client.query(sql, parameters=wanted.given()).named_results())

    def live(self, horizons: tuple[int, ...]) -> list[dict[str, Any]]:
        """What was served, not replayed, by ticker, horizon and type of model: few enough to be exported."""
        wanted = ScoreFilter(replayed=False)
        sql = f"""
            WITH once AS ({_once(wanted)})
            SELECT ticker, horizon, model_type, count(error) AS scored,
                avg(abs(error)) / nullIf(avg(abs(naive_error)), 0) AS mae_ratio, avg(inside_80) AS coverage_80
            FROM once WHERE horizon IN {{horizons:Array(UInt16)}}
            GROUP BY ticker, horizon, model_type
        """  # noqa: S608
        parameters = {**wanted.given(), "horizons": list(horizons)}
        return list(self._client.query(sql, parameters=parameters).named_results())


def _once(wanted: ScoreFilter) -> str:
    conditions = " AND ".join(_FILTERS[name] for name in wanted.given())
    return f"""
        SELECT * FROM scores WHERE {conditions}
        ORDER BY made_at, prediction_id
        LIMIT 1 BY {_MODEL}, last_session, target_session
    """  # noqa: S608
