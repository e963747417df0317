"""Opens and ends an alert in the alert book of the stack whose environment this process has.

`python alert_book.py fire|resolve SUBJECT`: what watches the platform does the same, only when something is wrong.
"""

import os
import sys
from typing import Final

from backend.src.alerting.alert_book import AlertBook, Trouble
from backend.src.data import engines

KIND: Final = "rehearsal"
"""A kind that nothing else opens, or ends because it finds no such trouble."""


def main(action: str, subject: str) -> None:
    """Do it."""
    book = AlertBook(engines.sessions(engines.postgres(os.environ["MODEL_META_DB_URL"])))
    if action == "resolve":
        book.resolve(KIND, subject)
        return
    summary = f"{subject}: a rehearsal of an alert, with the numbers that one is found by."
    evidence = {"model_id": 1, "error_ratio": 1.2345678, "last_session": "2018-01-30", "simulated": False}
    book.fire(Trouble(KIND, subject, "critical", summary, evidence))


if __name__ == "__main__":
    main(*sys.argv[1:])
