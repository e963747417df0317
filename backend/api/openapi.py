"""The contract that the page's client is generated from: `python -m backend.api.openapi` writes it."""

import json
import sys
from pathlib import Path

from backend.api.app import build

TARGET = Path(__file__).parents[2] / "frontend" / "openapi.json"


def document() -> str:
    """The OpenAPI document as committed: sorted, indented, with a final newline."""
    return json.dumps(build().openapi(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the document, or with `--check` fail when the committed one differs."""
    current = document()
    if "--check" in sys.argv[1:]:
        if TARGET.read_text() != current:
            sys.exit(f"{TARGET.name} is out of date: run `make client`")
        return
    TARGET.write_text(current)


if __name__ == "__main__":
    main()
