"""The Compose files keep their promises: checked as YAML everywhere, and by Compose itself where it is installed."""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.infra.compose_files import (
    COMPOSE_FILES,
    REPOSITORY,
    dockerfiles,
    document,
    is_one_shot,
    services,
    variables,
)

SERVICES = sorted(services())
LOOPBACK = re.compile(r"127\.0\.0\.1:\$\{[A-Z0-9_]+_PORT:-\d+\}:\d+")
NGINX_PORT = "${PAGE_ADDRESS:-127.0.0.1}:${PAGE_PORT:-80}:8080"
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|ACCESS_KEY|ROOT_USER|CLUSTER_ID")


def test_the_root_file_includes_every_other_file() -> None:
    assert sorted(document(REPOSITORY / "compose.yml")["include"]) == [path.name for path in COMPOSE_FILES]


def test_the_files_of_the_platform_are_there() -> None:
    concerns = {path.name.split(".")[1] for path in COMPOSE_FILES}
    assert concerns == {"backend", "celery", "kafka", "database", "monitor", "frontend"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_more_rights_than_it_needs(name: str) -> None:
    service = services()[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid"} & service.keys()
    assert not any("docker.sock" in str(volume) for volume in service.get("volumes", []))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_cannot_take_the_machine_with_it(name: str) -> None:
    service = services()[name]
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert service["pids_limit"] > 0
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert service["restart"] in {"unless-stopped", "on-failure:3"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_says_when_it_is_well_and_a_job_ends(name: str) -> None:
    service = services()[name]
    if is_one_shot(service):
        assert "healthcheck" not in service
        return
    check = service["healthcheck"]
    assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert check["test"][1:] not in (["true"], ["exit 0"])
    assert {"interval", "timeout", "retries", "start_period"} <= check.keys()


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_pinned_or_our_own(name: str) -> None:
    image = services()[name]["image"]
    if "build" in services()[name]:
        assert image.startswith("bellwether/")
        assert image.endswith(":${BELLWETHER_VERSION:-dev}")
    else:
        assert re.search(r":v?\d+\.\d+", image), f"{image} names no version"


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_of_ours_runs_as_root(name: str) -> None:
    service = services()[name]
    users = [service["user"]] if "user" in service else _image_users(service) if "build" in service else []
    assert not any(user.split(":")[0] in {"0", "root"} for user in users)
    if "build" in service:
        assert users, f"{name} would run as root"


def _image_users(service: Mapping[str, Any]) -> list[str]:
    return re.findall(r"^USER (\S+)", (REPOSITORY / service["build"]["dockerfile"]).read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_this_machine_only(name: str) -> None:
    for port in services()[name].get("ports", []):
        assert LOOPBACK.fullmatch(port) or (name == "nginx" and port == NGINX_PORT), port


def test_no_port_is_published_twice() -> None:
    ports = [port.split(":-")[-1].split("}")[0] for one in services().values() for port in one.get("ports", [])]
    assert [port for port, count in Counter(ports).items() if count > 1] == []


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_for_what_it_needs_to_be_ready(name: str) -> None:
    for needed, how in services()[name].get("depends_on", {}).items():
        wanted = "service_completed_successfully" if is_one_shot(services()[needed]) else "service_healthy"
        assert how == {"condition": wanted}, needed


def test_every_one_shot_is_waited_for() -> None:
    waited = {needed for service in services().values() for needed in service.get("depends_on", {})}
    assert {name for name in SERVICES if is_one_shot(services()[name])} <= waited


def test_a_service_is_started_only_with_all_that_it_needs() -> None:
    for name, service in services().items():
        for needed in service.get("depends_on", {}):
            profiles = services()[needed]["profiles"]
            assert profiles in (service["profiles"], ["core"]), f"{name} ({service['profiles']}) needs {needed}"


def test_addresses_name_services_that_share_a_network() -> None:
    for name, service in services().items():
        values = " ".join(str(value) for value in service.get("environment", {}).values())
        for host in re.findall(r"(?:@|//|(?<![\w.$:-]))([a-z][a-z0-9_-]*):\d{4,5}\b", values):
            assert host in services() or host == "localhost", f"{name}: nothing is called {host}"
            if host in {name, "localhost"} or is_one_shot(service):  # a job is given more addresses than it uses
                continue
            assert set(services()[host]["networks"]) & set(service["networks"]), f"{name} cannot reach {host}"


def test_secrets_have_no_default() -> None:
    loose = {name for name, kind, _ in variables() if SECRET.search(name) and kind != "?"}
    assert loose == set()


def test_no_secret_is_written_into_a_file() -> None:
    for name, service in services().items():
        for key, value in service.get("environment", {}).items():
            if SECRET.search(key):
                assert re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", str(value)), f"{name}: {key}"


def test_every_variable_is_documented_once_and_used() -> None:
    lines = (REPOSITORY / ".env.example").read_text().splitlines()
    documented = Counter(match[1] for line in lines if (match := re.match(r"(?:# )?([A-Z][A-Z0-9_]*)=", line)))
    assert [name for name, count in documented.items() if count > 1] == []
    assert set(documented) - {"COMPOSE_PROFILES"} == {name for name, _, _ in variables()}


def test_documented_defaults_are_the_real_ones() -> None:
    text = (REPOSITORY / ".env.example").read_text()
    documented = dict(re.findall(r"^# ([A-Z][A-Z0-9_]*)=(.*)$", text, re.MULTILINE))
    used = {(name, default) for name, kind, default in variables() if kind == "-"}
    assert {name for name, _ in used} == documented.keys()
    different = {(name, default) for name, default in used if documented[name] != default}
    assert different <= {("GIT_COMMIT", "")}  # shown with the command that gives it


def test_required_variables_stand_empty_in_the_example() -> None:
    text = (REPOSITORY / ".env.example").read_text()
    assert set(re.findall(r"^([A-Z][A-Z0-9_]*)=$", text, re.MULTILINE)) == {
        n for n, kind, _ in variables() if kind == "?"
    }


def test_named_volumes_are_declared() -> None:
    for path in COMPOSE_FILES:
        declared = document(path).get("volumes", {}).keys()
        for name in document(path)["services"]:
            for volume in services()[name].get("volumes", []):
                source = re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", volume).split(":")[0]
                assert source.startswith("./") or source in declared, f"{name}: {volume}"
                assert not source.startswith("./") or (REPOSITORY / source).exists(), f"{name}: {volume}"


def test_postgres_data_lies_where_version_18_wants_it() -> None:
    for name in ("raw_db", "model_meta_db", "mlflow-db"):
        targets = [volume.split(":")[1] for volume in services()[name]["volumes"]]
        assert "/var/lib/postgresql" in targets


def test_prefects_server_has_the_version_of_our_client() -> None:
    locked = re.search(r"^prefect==(\S+)", (REPOSITORY / "requirements" / "backend.txt").read_text(), re.MULTILINE)
    assert locked is not None
    assert services()["prefect"]["image"].startswith(f"prefecthq/prefect:{locked[1]}-")


def test_the_page_image_fills_in_all_that_nginx_needs() -> None:
    wanted = set(re.findall(r"\$\{([A-Z0-9_]+)\}", (REPOSITORY / "nginx" / "bellwether.conf.template").read_text()))
    given = dict(re.findall(r"\b([A-Z0-9_]+)=(\S+)", (REPOSITORY / "frontend" / "Dockerfile").read_text()))
    assert wanted <= given.keys()
    for name in ("BACKEND1", "BACKEND2", "WS_MONITOR"):
        host, port = given[name].split(":")
        assert any(published.endswith(f":{port}") for published in services()[host]["ports"])


def test_the_backend_image_holds_every_program_that_it_is_started_as() -> None:
    locked = set(
        re.findall(r"^([a-z0-9-]+)==", (REPOSITORY / "requirements" / "backend.txt").read_text(), re.MULTILINE)
    )
    words = {
        word
        for service in services().values()
        if service["image"].startswith("bellwether/backend:")
        for word in service.get("command", ["uvicorn"])
    }
    assert words & {"celery", "flower", "uvicorn"} == {"celery", "flower", "uvicorn"}
    assert {"celery", "flower", "uvicorn"} <= locked


@pytest.mark.parametrize("path", dockerfiles(), ids=lambda path: path.parent.name)
def test_images_are_built_in_three_stages_from_locked_packages(path: Path) -> None:
    text = path.read_text()
    assert len(re.findall(r"^FROM ", text, re.MULTILINE)) == 3
    assert re.findall(r"^ARG \w+_IMAGE=\S+:\S*\d", text, re.MULTILINE)
    installs = re.findall(r"(?:pip install|npm (?:ci|install))[^\\\n]*", text)
    assert installs
    assert all("--require-hashes" in command or command.startswith("npm ci") for command in installs)


def test_every_copied_path_is_in_the_build_context() -> None:
    let_in = [line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for path in dockerfiles():
        for sources in re.findall(r"^COPY (?!--from)(.*) \S+$", path.read_text(), re.MULTILINE):
            for source in sources.split():
                assert any(Path(source).is_relative_to(pattern) or Path(source).match(pattern) for pattern in let_in)


@pytest.mark.parametrize("path", [*COMPOSE_FILES, REPOSITORY / "compose.yml"], ids=lambda path: path.name)
def test_compose_accepts_the_file(path: Path, tmp_path: Path) -> None:
    if shutil.which("docker") is None or _run("docker", "compose", "version").returncode != 0:
        pytest.skip("docker compose is not installed: the YAML checks stand alone")
    env = tmp_path / ".env"
    required = sorted({name for name, kind, _ in variables() if kind == "?"})
    env.write_text("".join(f"{name}=x\n" for name in required))
    profiles = [part for name in ("core", "monitor", "dev") for part in ("--profile", name)]
    command = ["docker", "compose", "--env-file", str(env), *profiles, "--file", str(path), "config", "--quiet"]
    checked = _run(*command)
    assert checked.returncode == 0, checked.stderr


def _run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
