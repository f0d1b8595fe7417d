"""How a script runs under Snakemake: its log, its messages and its way to fail."""

from __future__ import annotations

import logging
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from innervate.runtime.errors import InnervateError
from innervate.runtime.threads import cap_numba


def run(main: Callable[[Any], None], snakemake: Any) -> None:
    """Run a script's `main` within its threads, logging to its log file and standard error.

    Parameters
    ----------
    main
        Takes the ``snakemake`` object of a script.
    snakemake
        That object; its first log file is used where the rule declares one.

    Raises
    ------
    SystemExit
        With status 1 after an `InnervateError`, whose message alone is shown.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if snakemake.log:
        handlers.append(logging.FileHandler(snakemake.log[0], mode="w", encoding="utf-8"))
    logging.basicConfig(
        level=logging.INFO,
        format=f"[{snakemake.rule}] %(message)s",
        handlers=handlers,
        force=True,
    )
    logging.captureWarnings(True)
    cap_numba(snakemake.threads)
    try:
        main(snakemake)
        # Of Linux in kB; sampling, as benchmarks do, misses short peaks.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        logging.info("peak memory %.0f MB", peak)
    except InnervateError as error:
        logging.error("%s", error)
        sys.exit(1)
    except Exception:
        logging.exception("a defect in Innervate, not in the input; please report it with this log")
        raise


@contextmanager
def failure_in(log: str) -> Iterator[None]:
    """Write what a rule without a script fails with to its log, as Snakemake does not.

    Parameters
    ----------
    log
        Path of the rule's log file.
    """
    try:
        yield
    except Exception as error:
        Path(log).write_text(f"{error}\n", encoding="utf-8")
        raise
