"""Makes drift reports: in a process of their own, with a limit of time."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from backend.errors import BellwetherError

_PROGRAM = "backend.monitor.drift.report"
_ERROR_LINES = 5


class ReportError(BellwetherError):
    """The report could not be made (500)."""

    title = "No drift report"


@dataclass(frozen=True, slots=True)
class ReportInput:
    """What a report is made of.

    Attributes:
        reference: The training's rows, one column a quantity.
        current: The newest rows, likewise.
        rate: The share of reports that may name any column although nothing is new.
    """

    reference: pd.DataFrame
    current: pd.DataFrame
    rate: float


def make_report(wanted: ReportInput, seconds: float) -> bytes:
    """The report as HTML.

    Args:
        wanted: What it is made of.
        seconds: How long it may take.

    Raises:
        ReportError: it took longer, or its program failed; the error has its last words.
    """
    with TemporaryDirectory(prefix="drift-") as folder:
        paths = {name: Path(folder) / name for name in ("reference.parquet", "current.parquet", "report.html")}
        reference, current, output = paths.values()
        wanted.reference.to_parquet(reference, index=False)
        wanted.current.to_parquet(current, index=False)
        _run([*map(str, (reference, current, output)), "--rate", str(wanted.rate)], folder, seconds)
        return output.read_bytes()


def _run(arguments: list[str], folder: str, seconds: float) -> None:
    command = [sys.executable, "-m", _PROGRAM, *arguments]
    # Its libraries write caches to the home directory, which a container does not have.
    environment = {**os.environ, "HOME": folder, "MPLCONFIGDIR": folder}
    try:
        subprocess.run(  # noqa: S603
            command, env=environment, check=True, capture_output=True, text=True, timeout=seconds
        )
    except subprocess.TimeoutExpired as error:
        raise ReportError(f"The report took longer than {seconds:g} s, which DRIFT_REPORT_SECONDS allows.") from error
    except subprocess.CalledProcessError as error:
        last_words = " ".join(error.stderr.strip().splitlines()[-_ERROR_LINES:])
        raise ReportError(f"The report's program ended with {error.returncode}: {last_words}") from error
