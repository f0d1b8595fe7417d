"""How a script runs under Snakemake: its log, its messages and its way to fail."""

from __future__ import annotations

import logging
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from innervate.runtime.errors import InnervateError
from innervate.runtime.failures import explain, job_of, stopped
from innervate.runtime.threads import cap_numba

DEFECT = "a defect in Innervate, not in the input; please report it with this log"


SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU, signal.SIGUSR1, signal.SIGUSR2)
"""What schedulers and people stop a job with, and what ends it by default; SIGINT and SIGKILL
aside, of which Python raises the one and nobody hears the other."""


def run(main: Callable[[Any], None], snakemake: Any) -> None:
    """Run a script's `main` within its threads, logging to its log file and standard error.

    The log's last lines say what ended a job that failed: a problem of the input, what happened
    outside (a signal, a full disk, too little memory, a damaged file), or else a defect.

    Parameters
    ----------
    main
        Takes the ``snakemake`` object of a script.
    snakemake
        That object; its first log file is used where the rule declares one.

    Raises
    ------
    SystemExit
        With status 1 after an `InnervateError`, or after a failure that
        `innervate.runtime.failures.explain` explains: the message alone is shown.
    """
    handlers = _handlers(snakemake)
    logging.basicConfig(
        level=logging.INFO,
        format=f"[{snakemake.rule}] %(message)s",
        handlers=handlers,
        force=True,
    )
    logging.captureWarnings(True)
    # A log that can't be written (a full disk) adds no traceback of its own to what is shown.
    logging.raiseExceptions = False
    cap_numba(snakemake.threads)
    try:
        with _last_words(snakemake.rule, handlers):
            main(snakemake)
        # Of Linux in kB; sampling, as benchmarks do, misses short peaks.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        logging.info("peak memory %.0f MB", peak)
    except InnervateError as error:
        logging.error("%s", error)
        sys.exit(1)
    except KeyboardInterrupt:
        logging.error("%s", stopped(signal.SIGINT))
        sys.exit(128 + signal.SIGINT)
    except Exception as error:
        reason = explain(error, job_of(snakemake))
        if reason:
            logging.error("%s", reason)
            sys.exit(1)
        logging.exception(DEFECT)
        raise


def _handlers(snakemake: Any) -> list[logging.Handler]:
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if snakemake.log:
        try:
            handlers.append(logging.FileHandler(snakemake.log[0], mode="w", encoding="utf-8"))
        except OSError as error:
            print(f"[{snakemake.rule}] no log can be written: {error}", file=sys.stderr)
    return handlers


@contextmanager
def _last_words(rule: str, handlers: list[logging.Handler]) -> Iterator[None]:
    """Let a signal that ends the process write to the log before it does.

    Python looks at signals between its own steps, so that a long step in compiled code is ended
    after it only (or by the SIGKILL that schedulers send next).
    """
    owner = os.getpid()

    def end(number: int, frame: FrameType | None) -> None:
        del frame
        if os.getpid() == owner:
            # Not by logging, which the signal may have interrupted.
            line = f"[{rule}] {stopped(number)}\n".encode()
            for handler in handlers:
                with suppress(OSError, ValueError):
                    os.write(handler.stream.fileno(), line)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    # What is ignored (nohup) stays so, and only the first thread may ask for signals.
    first = threading.current_thread() is threading.main_thread()
    mine = [one for one in SIGNALS if first and signal.getsignal(one) == signal.SIG_DFL]
    for number in mine:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in mine:
            signal.signal(number, signal.SIG_DFL)


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
        with suppress(OSError):
            Path(log).write_text(f"{explain(error) or error}\n", encoding="utf-8")
        raise
