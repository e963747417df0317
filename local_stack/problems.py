"""What an API's refusal says, for a terminal."""

import httpx


def told(answer: httpx.Response) -> str:
    """The detail of a problem document, or what there is instead."""
    try:
        problem = answer.json()
    except ValueError:
        return f"HTTP {answer.status_code}"
    return str(problem.get("detail") or problem)
