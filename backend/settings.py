"""The settings of every backend process, read once in its entry point and passed down."""

from pydantic import Field
from pydantic_settings import BaseSettings

from bellwether_contracts.settings import (
    ClickHouseSettings,
    KafkaSettings,
    MlflowSettings,
    PostgresSettings,
    RedisSettings,
    S3Settings,
    ServiceSettings,
    SourceSettings,
)


class DriftSettings(BaseSettings):
    """When the newest sessions count as new."""

    drift_window: int = Field(default=60, ge=20, le=500, description="Sessions that are compared with the training.")
    drift_false_alarm_rate: float = Field(
        default=0.01, gt=0, le=0.2, description="The share of checks that may find drift where nothing is new."
    )
    concept_false_alarm_rate: float = Field(
        default=0.05, gt=0, le=0.5, description="The share of years in which the errors may raise a false alarm."
    )
    drift_report_seconds: float = Field(default=240, gt=0, description="How long a drift report may take.")


class RetrainSettings(BaseSettings):
    """When a champion is trained anew without a person."""

    retrain_persistence: int = Field(default=3, ge=1, le=60, description="Checks in a row that must find drift.")
    retrain_cool_down_sessions: int = Field(
        default=60,
        ge=0,
        le=500,
        description="Sessions of the ticker between two trainings: a challenger needs them to show what it can.",
    )
    retrain_daily_budget: int = Field(default=10, ge=0, le=10_000, description="Trainings in 24 hours, all tickers.")
    retrain_daily_budget_simulated: int = Field(
        default=200, ge=0, le=10_000, description="The same of simulated tickers, whose days last seconds."
    )
    retrain_max_age_sessions: int = Field(
        default=252, ge=20, le=10_000, description="A training that is older is repeated."
    )
    retrain_decay_sessions: int = Field(
        default=60, ge=20, le=1000, description="Scored forecasts before a live score means anything."
    )
    retrain_decay_margin: float = Field(
        default=0.05, gt=0, le=1, description="How much worse beside naive a live score is than the walk-forward's."
    )
    retrain_drift_window_sessions: int = Field(
        default=500, ge=100, le=10_000, description="After drift, what a model learns from: the newest so many."
    )


class TrustSettings(BaseSettings):
    """When a challenger has shown enough, and when a champion too little."""

    shadow_queue_size: int = Field(
        default=2000, ge=1, le=100_000, description="Answers that may wait for their shadow; more are dropped."
    )
    min_shadow_sessions: int = Field(
        default=5, ge=1, le=500, description="Sessions scored in shadow before a retrained model may be promoted."
    )
    rollback_factor: float = Field(
        default=1.25, ge=1, le=100, description="A promoted model that errs this many times naive's error is bad."
    )
    rollback_sessions: int = Field(
        default=5, ge=1, le=500, description="Scored sessions before a promoted model is called bad."
    )


class FlowSettings(BaseSettings):
    """What happens by the clock, and the simulated market."""

    simulation_history_sessions: int = Field(
        default=560, ge=250, le=5000, description="Sessions that a simulated market knows when it opens, if there are."
    )
    schedule_after_close_minutes: int = Field(
        default=30, ge=0, le=720, description="After an exchange's closing bell, when its bars are asked for."
    )
    flows_host: str = Field(default="127.0.0.1", description="Where the flows' health answers.")
    flows_port: int = Field(default=8015, ge=0, le=65535)


class RetentionSettings(BaseSettings):
    """For how many days what is kept; 0 means for ever."""

    retention_predictions_days: int = Field(default=0, ge=0, description="Served forecasts, in ClickHouse.")
    retention_shadow_days: int = Field(default=180, ge=0, description="Challengers' forecasts, in ClickHouse.")
    retention_alerts_days: int = Field(default=365, ge=0, description="Alerts that ended, in both stores.")
    retention_drift_days: int = Field(default=730, ge=0, description="Drift checks.")
    retention_jobs_days: int = Field(default=90, ge=0, description="Jobs that ended, with their logs.")
    retention_runs_days: int = Field(default=90, ge=0, description="Runs of the ingest and of the schedules.")
    retention_quarantine_days: int = Field(default=365, ge=0, description="Refused bars.")
    retention_files_days: int = Field(default=30, ge=0, description="Files on S3 that nothing refers to any more.")


class OutcomeSettings(BaseSettings):
    """When what came makes the served bands doubtful. `benchmarks/anomalies.py` measures what it costs."""

    outcome_far: float = Field(
        default=2, gt=1, description="Half-widths of the 95 % band from its middle that are far outside."
    )
    outcome_in_a_row: int = Field(default=3, ge=2, description="Outcomes outside in a row that are too many.")
    outcome_window: int = Field(default=20, ge=5, le=250, description="Outcomes that count as lately.")
    outcome_chance: float = Field(
        default=0.001, gt=0, le=0.05, description="More of them outside than this binomial probability explains."
    )
    outcome_clear: int = Field(default=5, ge=1, description="Outcomes inside in a row that end the alert.")


class SeriesSettings(BaseSettings):
    """When a series is behind, or has holes."""

    stale_sessions: int = Field(default=1, ge=0, description="Closed sessions that a series may lack a bar of.")
    gap_sessions: int = Field(default=250, ge=1, le=2500, description="Sessions in which holes are looked for.")
    gap_warning_sessions: int = Field(default=3, ge=1, description="Fewer missing sessions are told as info.")


class Settings(
    ServiceSettings,
    PostgresSettings,
    RedisSettings,
    KafkaSettings,
    ClickHouseSettings,
    S3Settings,
    MlflowSettings,
    SourceSettings,
    DriftSettings,
    RetrainSettings,
    TrustSettings,
    FlowSettings,
    RetentionSettings,
    OutcomeSettings,
    SeriesSettings,
):
    """What the API, the workers and the flows need to reach, and what decides when they act by themselves."""
