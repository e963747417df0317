import sys
from pathlib import Path

import pytest

import bootstrap


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[bootstrap.Step, Path, list[str]]:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "STAMPS", tmp_path / "stamps")
    source, made = tmp_path / "lock.txt", tmp_path / "made"
    source.write_text("one")
    runs: list[str] = []

    def make() -> None:
        runs.append(source.read_text())
        made.touch()

    return bootstrap.Step("a-step", "a step", lambda: [source], made, make), source, runs


def test_a_step_runs_once_and_again_only_when_its_inputs_change(step: tuple[bootstrap.Step, Path, list[str]]) -> None:
    subject, source, runs = step
    subject.run()
    subject.run()
    assert runs == ["one"]
    source.write_text("two")
    subject.run()
    assert runs == ["one", "two"]


def test_a_step_runs_again_when_what_it_made_is_gone(step: tuple[bootstrap.Step, Path, list[str]]) -> None:
    subject, _source, runs = step
    subject.run()
    subject.made.unlink()
    subject.run()
    assert len(runs) == 2


def test_a_failed_step_is_tried_again(step: tuple[bootstrap.Step, Path, list[str]], tmp_path: Path) -> None:
    working, source, runs = step

    def fail() -> None:
        raise bootstrap.BootstrapError("no network")

    failing = bootstrap.Step("a-step", "a step", lambda: [source], tmp_path / "made", fail)
    with pytest.raises(bootstrap.BootstrapError):
        failing.run()
    working.run()
    assert runs == ["one"]


@pytest.mark.parametrize("version", [(3, 10, 0), (3, 14, 0)])
def test_refuses_a_python_that_the_locks_are_not_made_for(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int]
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    with pytest.raises(bootstrap.BootstrapError, match=r"must be 3\.11, 3\.12 or 3\.13"):
        bootstrap.check_python()


def test_a_failing_command_names_the_step_and_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "LOG", tmp_path / "logs" / "bootstrap.log")
    with pytest.raises(bootstrap.BootstrapError, match=r"making it failed.*bootstrap\.log") as raised:
        bootstrap.run("making it", [sys.executable, "-c", "print('the reason'); raise SystemExit(3)"], cwd=tmp_path)
    assert "the reason" in str(raised.value)
    assert "the reason" in (tmp_path / "logs" / "bootstrap.log").read_text()
