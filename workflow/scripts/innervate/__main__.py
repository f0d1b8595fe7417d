"""The command line: `innervate cohort new` and `innervate cohort check`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from innervate.config.base import Name
from innervate.errors import InnervateError


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments
        By default those of the command line.

    Returns
    -------
    int
        Exit status: 1 after a message that says what is wrong.
    """
    options = _parser().parse_args(arguments)
    try:
        for line in options.command(options):
            print(line, flush=True)
    except InnervateError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


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
    return parser


def _new(options):
    from innervate.config.load import RESERVED
    from innervate.intake.new import new_cohort
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
    yield f"written: {path} and its sample sheet"
    yield register(path)
    yield f"next: look at every `guess`, replace every FILL_IN, then `cohort check {path}`"


def _check(options):
    from innervate.intake.check import check

    yield from check(options.cohort, cost=not options.no_cost)


if __name__ == "__main__":
    sys.exit(main())
