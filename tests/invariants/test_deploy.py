"""What is shipped to operators keeps its promises: compose file, alerts, dashboard, workflows."""

import dataclasses
import json
import re
from pathlib import Path

import pytest
import yaml

from grader import settings
from grader.service import metrics
from grader.store import queue

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OPERATIONS = ROOT / "docs" / "operations"


def volumes(name):
    return " ".join(SERVICES[name].get("volumes", []))


def test_only_the_worker_sees_the_docker_socket():
    assert [name for name in SERVICES if "docker.sock" in volumes(name)] == ["worker"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "mem_limit" in service
    assert "privileged" not in service


def test_course_is_never_written():
    mounts = [m for s in SERVICES.values() for m in s.get("volumes", []) if ":/course" in m]
    assert mounts
    assert all(m.endswith(":ro") for m in mounts)


def test_password_comes_by_file_alone():
    text = (ROOT / "docker-compose.yml").read_text()
    assert not re.search(r"PASSWORD(?!_FILE)\w*:", text)
    for name in ("api", "worker", "migrate", "postgres"):
        assert "database_password" in SERVICES[name]["secrets"]


def test_every_setting_that_compose_does_not_fix_can_be_given():
    text = (ROOT / "docker-compose.yml").read_text()
    image = re.findall(r"(GRADER_\w+)=", (ROOT / "Dockerfile").read_text())
    fixed = {f"GRADER_{n}" for n in ("DATABASE_URL", "DATASETS_DIR", "DATA_DIR", "PORT")}
    for spec in dataclasses.fields(settings.Settings):
        name = f"GRADER_{spec.name.upper()}"
        if name not in fixed | set(image):
            assert re.search(rf"\b{name}(_FILE)?: \S", text), name


def test_database_is_reached_from_inside_only():
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert SERVICES["postgres"]["networks"] == ["inside"]
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["api"]
    assert "127.0.0.1" in SERVICES["api"]["ports"][0]


def test_whatever_lasts_has_a_health_check():
    lasting = [name for name, service in SERVICES.items() if service["restart"] != "no"]
    assert sorted(lasting) == ["api", "postgres", "worker"]
    assert all("healthcheck" in SERVICES[name] for name in lasting)


def known_metrics():
    """Names that a Prometheus server would know, with what it adds to histograms."""
    counts = metrics.Metrics()
    counts.watch_queue(lambda: queue.Figures({("queued", "batch"): 1}, 1.0, 1))
    counts.watch_sandboxes(lambda: {"warm": 1})
    text = counts.text().decode()
    names = re.findall(r"^# TYPE (\w+) (\w+)", text, re.MULTILINE)
    suffixes = ("_bucket", "_count", "_sum")
    return {"up"} | {
        name + suffix
        for name, kind in names
        for suffix in (suffixes if kind == "histogram" else ("",))
    }


def used_metrics(expression):
    return set(re.findall(r"\b(?:grader|process)_\w+|\bup\b", expression))


def test_alerts_use_metrics_that_exist_and_say_what_to_do():
    groups = yaml.safe_load((OPERATIONS / "alerts.yml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert rules
    for rule in rules:
        assert used_metrics(rule["expr"]) - known_metrics() == set(), rule["alert"]
        assert used_metrics(rule["expr"])
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["action"]
        assert rule["labels"]["severity"] in {"page", "ticket"}


def test_dashboard_uses_metrics_that_exist():
    board = json.loads((OPERATIONS / "dashboard.json").read_text())
    expressions = [t["expr"] for panel in board["panels"] for t in panel["targets"]]
    assert len(expressions) >= 8
    for expression in expressions:
        assert used_metrics(expression), expression
        assert used_metrics(expression) - known_metrics() == set(), expression
    places = [tuple(panel["gridPos"][k] for k in "xy") for panel in board["panels"]]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("path", sorted((ROOT / ".github/workflows").glob("*.yml")), ids=str)
def test_workflow_asks_for_little_and_has_a_limit(path):
    text = path.read_text()
    flow = yaml.safe_load(text)
    assert flow["permissions"] == {"contents": "read"}
    for job in flow["jobs"].values():
        assert job["timeout-minutes"] <= 90
    # What is typed into a workflow's inputs reaches a shell by the environment, never as text.
    scripts = [s.get("run", "") for j in flow["jobs"].values() for s in j["steps"]]
    assert not [script for script in scripts if "${{" in script]
