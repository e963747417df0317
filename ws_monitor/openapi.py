"""The contract that the page's frames are generated from: `python -m ws_monitor.openapi [PATH]` writes it."""

import json
import sys
from pathlib import Path

from ws_monitor.app import build_app
from ws_monitor.schema import describe

DEFAULT_PATH = Path("frontend/ws-openapi.json")


def main() -> None:
    """Write the document."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_PATH
    target.write_text(json.dumps(describe(build_app(None)), indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
