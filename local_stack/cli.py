"""The commands: run, stop, status, logs, env, clean-data, test, and work for a running stack: train, replay, ..."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

from local_stack.layout import Layout, layout_from_environment
from local_stack.ports import PortBaseError

Command = Callable[[Layout, argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and not options.takes_pytest_arguments:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    options.pytest_arguments = rest
    try:
        layout = layout_from_environment()
    except PortBaseError as error:
        print(f"bellwether: {error}", file=sys.stderr)
        return 2
    command: Command = options.command
    return command(_as_running(layout) if options.follows_running else layout, options)


def _as_running(layout: Layout) -> Layout:
    """The same copy with the ports it really runs on, whatever this terminal's environment says."""
    from local_stack.state import read_state

    state = read_state(layout.state_file)
    return replace(layout, ports=state.ports) if state is not None and state.alive else layout


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local_stack", description="The platform on one machine.")
    parser.set_defaults(follows_running=True, takes_pytest_arguments=False)
    commands = parser.add_subparsers(required=True, metavar="command")
    run = commands.add_parser("run", help="start everything and stay until Ctrl-C")
    run.add_argument("--only", help="comma-separated names of the services to start")
    run.add_argument("--no-main-job", action="store_true", help="start the services, train nothing")
    run.set_defaults(command=_run, follows_running=False)
    commands.add_parser("stop", help="stop what `run` started").set_defaults(command=_stop)
    commands.add_parser("status", help="what runs, where and since when").set_defaults(command=_status)
    logs = commands.add_parser("logs", help="follow the logs")
    logs.add_argument("service", nargs="?", help="one service; all without it")
    logs.add_argument("--lines", type=int, default=40)
    logs.add_argument("--no-follow", action="store_true")
    logs.set_defaults(command=_logs)
    commands.add_parser("env", help="the stack's environment as shell exports").set_defaults(command=_env)
    clean = commands.add_parser("clean-data", help="delete the data of a stopped stack")
    clean.add_argument("--yes", action="store_true", help="do not ask")
    clean.set_defaults(command=_clean_data)
    train = commands.add_parser("train", help="train one ticker on the running stack")
    train.add_argument("--ticker", required=True)
    train.set_defaults(command=_train)
    commands.add_parser("replay-dlq", help="put dead letters back into their topics on the running stack").set_defaults(
        command=_replay_dead_letters
    )
    past = commands.add_parser("replay", help="make the forecasts of a past range, with the models of those days")
    past.add_argument("--ticker", required=True)
    past.add_argument("--start", required=True, help="first session, YYYY-MM-DD")
    past.add_argument("--end", help="last session; left out or empty, the last bar")
    past.set_defaults(command=_replay)
    question = commands.add_parser("what-if", help="would retraining have helped in a past range?")
    question.add_argument("--ticker", required=True)
    question.add_argument("--start", required=True, help="the session at which the first model is trained, YYYY-MM-DD")
    question.add_argument("--end", help="last session; left out or empty, the last bar")
    question.set_defaults(command=_what_if)
    again = commands.add_parser("reproduce", help="train a model once more from its record and compare")
    again.add_argument("--model", type=int, required=True, help="its id")
    again.set_defaults(command=_reproduce)
    market = commands.add_parser("simulate", help="replay a ticker's newest sessions at speed, as a market of its own")
    market.add_argument("--ticker", required=True)
    market.add_argument("--sessions", type=int, default=60)
    market.add_argument("--speed", type=float, default=1.0, help="sessions a second")
    market.add_argument("--scenario", default="plain", help="plain, regime or bad_model")
    market.add_argument("--end", action="store_true", help="end it and take what it left out of the stores")
    market.set_defaults(command=_simulate)
    commands.add_parser("workflow", help="run the ingest and train flow on the running stack").set_defaults(
        command=_workflow
    )
    commands.add_parser("schedules", help="do what is due by the schedules, on the running stack").set_defaults(
        command=_schedules
    )
    test = commands.add_parser("test", help="run every test against a copy of the stack; takes pytest's options")
    test.set_defaults(command=_test, follows_running=False, takes_pytest_arguments=True)
    return parser


# The guardian is forked before the supervisor's imports: each command imports what it alone needs.


def _run(layout: Layout, options: argparse.Namespace) -> int:
    from local_stack.run import run

    return run(layout, only=options.only, with_main_job=not options.no_main_job and not options.only)


def _stop(layout: Layout, _options: argparse.Namespace) -> int:
    from local_stack.control import stop

    return stop(layout)


def _status(layout: Layout, _options: argparse.Namespace) -> int:
    from local_stack.control import status

    return status(layout)


def _logs(layout: Layout, options: argparse.Namespace) -> int:
    from local_stack.control import logs

    return logs(layout, options.service, lines=options.lines, follow=not options.no_follow)


def _env(layout: Layout, _options: argparse.Namespace) -> int:
    from local_stack.environment import shell_exports

    layout.data.mkdir(parents=True, exist_ok=True)
    print(shell_exports(layout))
    return 0


def _clean_data(layout: Layout, options: argparse.Namespace) -> int:
    from local_stack.control import clean_data

    return clean_data(layout, ask=not options.yes)


def _train(layout: Layout, options: argparse.Namespace) -> int:
    from local_stack.train import train

    return train(layout, options.ticker)


def _replay_dead_letters(layout: Layout, _options: argparse.Namespace) -> int:
    from local_stack.train import replay_dead_letters

    return replay_dead_letters(layout)


def _replay(layout: Layout, options: argparse.Namespace) -> int:
    from local_stack.train import replay

    return replay(layout, options.ticker, options.start, options.end)


def _what_if(layout: Layout, options: argparse.Namespace) -> int:
    from local_stack.train import what_if

    return what_if(layout, options.ticker, options.start, options.end)


def _reproduce(layout: Layout, options: argparse.Namespace) -> int:
    from local_stack.train import reproduce

    return reproduce(layout, options.model)


def _simulate(layout: Layout, options: argparse.Namespace) -> int:
    from local_stack.simulate import end_simulation, simulate

    if options.end:
        return end_simulation(layout)
    return simulate(layout, options.ticker, options.sessions, options.speed, options.scenario)


def _workflow(layout: Layout, _options: argparse.Namespace) -> int:
    from local_stack.train import workflow

    return workflow(layout)


def _schedules(layout: Layout, _options: argparse.Namespace) -> int:
    from local_stack.train import schedules

    return schedules(layout)


def _test(layout: Layout, options: argparse.Namespace) -> int:
    from local_stack.testing import run_tests

    return run_tests(layout, options.pytest_arguments)
