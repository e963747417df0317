"""Rules and dashboards ask for numbers that the code exports, and Prometheus accepts them."""

import json
import re
import shutil
import subprocess
from collections import Counter
from typing import Any

import pytest

from bellwether_contracts import metric_names
from tests.infra.compose_files import REPOSITORY, document, services

PROMETHEUS = REPOSITORY / "monitor" / "prometheus"
GRAFANA = REPOSITORY / "monitor" / "grafana"
RULE_FILES = sorted((PROMETHEUS / "rules").glob("*.yml"))
RULE_TESTS = sorted((PROMETHEUS / "tests").glob("*.yml"))
DASHBOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))
KNOWN = {value for name, value in vars(metric_names).items() if name.isupper()}
HISTOGRAM_PART = re.compile(r"_(bucket|sum|count)$")


def rules() -> list[dict[str, Any]]:
    return [rule for path in RULE_FILES for group in document(path)["groups"] for rule in group["rules"]]


def dashboard_queries() -> list[str]:
    dashboards = [json.loads(path.read_text()) for path in DASHBOARDS]
    return [target["expr"] for board in dashboards for panel in board["panels"] for target in panel["targets"]]


def metrics_of(query: str) -> set[str]:
    """The metric names in a query: every identifier that is no function, keyword, label or string."""
    bare = re.sub(r'"[^"]*"', "", query)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\boffset \w+", "", bare)
    bare = re.sub(r"\b(by|without|on|ignoring)\s*\([^)]*\)", "", bare)
    return {name for name in re.findall(r"\b[a-z_][a-z0-9_]*\b(?!\s*\()", bare) if name not in {"and", "or", "unless"}}


@pytest.mark.parametrize("query", [rule["expr"] for rule in rules()] + dashboard_queries())
def test_a_query_asks_for_metrics_that_the_code_exports(query: str) -> None:
    asked = {HISTOGRAM_PART.sub("", name) for name in metrics_of(query)}
    assert asked
    assert asked <= KNOWN | {"up"}


def test_an_unknown_metric_would_be_noticed() -> None:
    query = 'sum by (le) (rate(bellwether_no_such_seconds_bucket{service="x"}[5m])) / max(up) > 0.5'
    assert metrics_of(query) == {"bellwether_no_such_seconds_bucket", "up"}


def test_every_alert_has_a_severity_and_words() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in {"info", "warning", "critical"}
        assert rule["annotations"]["summary"].endswith(".")


def test_every_alert_is_shown_to_fire_and_to_stay_quiet() -> None:
    cases = [case for path in RULE_TESTS for test in document(path)["tests"] for case in test["alert_rule_test"]]
    alerts = {rule["alert"] for rule in rules()}
    assert {case["alertname"] for case in cases if case["exp_alerts"]} == alerts
    assert {case["alertname"] for case in cases if not case["exp_alerts"]} == alerts


def scraped() -> list[tuple[str, str]]:
    """Every target with the service label that it gets."""
    jobs = document(PROMETHEUS / "prometheus.yml")["scrape_configs"]
    groups = [group for job in jobs for group in job["static_configs"]]
    return [(target, group["labels"]["service"]) for group in groups for target in group["targets"]]


def test_each_service_is_scraped_once_under_its_own_name() -> None:
    assert max(Counter(target for target, _ in scraped()).values()) == 1
    names = [service for _, service in scraped()]
    ours = ["backend1", "backend2", "celery_predict", "celery_train", "metrics_publisher", "watcher", "ws_monitor"]
    assert sorted(names) == sorted([*ours, "prometheus"])
    for target, service in scraped():
        assert target.split(":")[0] in {service, "localhost"}


def test_targets_are_the_ports_that_the_images_listen_on() -> None:
    for target, service in scraped():
        if "build" in services()[service]:
            dockerfile = (REPOSITORY / services()[service]["build"]["dockerfile"]).read_text()
            assert f"EXPOSE {target.split(':')[1]}\n" in dockerfile
        assert "app" in services()[service]["networks"]


def test_dashboards_use_the_provisioned_data_source() -> None:
    sources = document(GRAFANA / "provisioning" / "datasources" / "prometheus.yml")["datasources"]
    known = {source["uid"] for source in sources}
    for path in DASHBOARDS:
        board = json.loads(path.read_text())
        ids = [panel["id"] for panel in board["panels"]]
        assert len(ids) == len(set(ids))
        assert {panel["datasource"]["uid"] for panel in board["panels"]} <= known


def test_dashboards_are_where_grafana_looks_for_them() -> None:
    (provider,) = document(GRAFANA / "provisioning" / "dashboards" / "bellwether.yml")["providers"]
    mounts = [volume.split(":")[:2] for volume in services()["grafana"]["volumes"]]
    assert ["./monitor/grafana/dashboards", provider["options"]["path"]] in mounts


def promtool(*arguments: str) -> "subprocess.CompletedProcess[str]":
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus)")
    return subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False, timeout=60)


def test_promtool_accepts_the_configuration() -> None:
    checked = promtool("check", "config", str(PROMETHEUS / "prometheus.yml"))
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("path", RULE_TESTS, ids=lambda path: path.name)
def test_alerts_fire_and_stay_quiet_as_promtool_sees_it(path: Any) -> None:
    checked = promtool("test", "rules", str(path))
    assert checked.returncode == 0, checked.stdout + checked.stderr
