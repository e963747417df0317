"""What else a training depends on: code, libraries, machine."""

import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from backend.src.training.models import ForecastModel
from backend.src.training.models.base import THREADS

_ALWAYS = ("numpy", "pandas", "onnxruntime")


def environment(model: type[ForecastModel]) -> dict[str, str]:
    """Versions of what computed the model, and its thread count."""
    libraries = {name: version(name) for name in (*_ALWAYS, *model.libraries)}
    return {"python": platform.python_version(), "machine": platform.machine(), **libraries, "threads": str(THREADS)}


def git_commit(configured: str | None) -> str:
    """The commit of the running code: as configured (images carry no repository), else the checkout's."""
    if configured:
        return configured
    git = shutil.which("git")
    if git is None:
        return "unknown"
    command = [git, "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603
    return answer.stdout.strip() or "unknown"
