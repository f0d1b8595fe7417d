"""The command line: make and check a cohort file, compare the results of two runs."""

from __future__ import annotations

import argparse
import os
import runpy
import signal
import sys
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from innervate.config.base import Name
from innervate.runtime.errors import InnervateError
from innervate.runtime.failures import explain


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments
        By default those of the command line.

    Returns
    -------
    int
        Exit status: 1 after a message that says what is wrong, 130 after Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    try:
        for line in options.command(options):
            print(line, flush=True)
    except InnervateError as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        return _failed("stopped from the keyboard", 128 + signal.SIGINT)
    except BrokenPipeError:
        # Who reads has seen enough (`| head`); what is still to be flushed has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        reason = explain(error)
        if not reason:
            print("a defect in Innervate; please report it with what follows", file=sys.stderr)
            raise
        return _failed(reason)
    return 0


def _failed(message: str, status: int = 1) -> int:
    print(message, file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="innervate", description=__doc__)
    groups = parser.add_subparsers(required=True, metavar="COMMAND")
    cohort = groups.add_parser("cohort", help="make or check a cohort file").add_subparsers(
        required=True, metavar="COMMAND"
    )
    new = cohort.add_parser("new", help="cohort file and sample sheet of data that lie here")
    new.add_argument("source", type=Path, help="a folder of data, or an .h5ad")
    new.add_argument("--name", required=True, help="of the cohort: letters, digits, _ and -")
    new.add_argument("--into", type=Path, default=Path("config/cohorts"), metavar="FOLDER")
    new.add_argument("--circuit", default="neuroimmune", help="a circuit's name, or its file")
    new.set_defaults(command=_new)
    check = cohort.add_parser("check", help="problems, what can be measured, what it would cost")
    check.add_argument("cohort", help="name of a cohort in config/cohorts, or a cohort file")
    check.add_argument("--no-cost", action="store_true", help="leave the jobs out")
    check.set_defaults(command=_check)
    debug = groups.add_parser("debug", help="run one rule's script by hand", add_help=False)
    debug.add_argument("arguments", nargs=argparse.REMAINDER)
    debug.set_defaults(command=_debug)
    results = groups.add_parser("results", help="look at results").add_subparsers(
        required=True, metavar="COMMAND"
    )
    compare = results.add_parser("compare", help="what differs between two results folders")
    compare.add_argument("before", type=Path, help="a results folder, such as results/demo")
    compare.add_argument("after", type=Path, help="the same of another run")
    compare.set_defaults(command=_compare)
    return parser


def _new(options):
    from innervate.config.load import RESERVED, read_yaml, unfilled
    from innervate.intake.new import new_cohort, tables_beside
    from innervate.intake.register import refuse_taken_name, register

    try:
        TypeAdapter(Name).validate_python(options.name)
    except ValidationError:
        expected = "letters, digits, _ and -, beginning with a letter (it names a folder)"
        raise InnervateError(f"--name {options.name}: expected {expected}") from None
    if options.name in RESERVED:
        raise InnervateError(f"--name {options.name}: expected not {', '.join(RESERVED)}")
    refuse_taken_name(options.into / f"{options.name}.yaml")
    path, notes = new_cohort(options.source, options.name, options.into, options.circuit)
    yield from notes
    yield f"written: {path} and its tables ({', '.join(map(str, tables_beside(path)))})"
    yield register(path)
    known = options.into == Path("config/cohorts")
    then = f"run `./innervate cohort check {options.name if known else path}`"
    open_places = [problem.where for problem in unfilled(read_yaml(path)[0], str(path))]
    if open_places:
        yield f"to fill in, in {path}, as the comments there say:"
        yield from (f"  {place}" for place in open_places)
    yield f"next: look at every `guess` in {path}{', fill in' * bool(open_places)}, then {then}"


def _check(options):
    from innervate.intake.check import check

    yield from check(options.cohort, cost=not options.no_cost)


def _compare(options):
    from innervate.runtime.comparison import compare_results

    tables, differences = compare_results(options.before, options.after)
    for table, what in differences:
        yield f"{table}: {what}"
    differing = len({table for table, _ in differences})
    yield f"{tables} tables in both folders, {differing} differ"


def _debug(options):
    # Beside this package and not in it, as it imports Snakemake.
    script = Path(__file__).resolve().parents[2] / "debug.py"
    yield from runpy.run_path(str(script))["main"](options.arguments)


if __name__ == "__main__":
    sys.exit(main())
