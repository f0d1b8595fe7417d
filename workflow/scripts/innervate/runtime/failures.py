"""What ended a job, in plain words, where it is neither the input's fault nor a defect."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from innervate.runtime.damage import READING, UNREADABLE, damaged
from innervate.runtime.errors import InnervateError

RERUN = "Then run the same command again: finished steps are not repeated."
NUMBER = re.compile(r"\berrno = (\d+)|\[errno (\d+)\]", re.IGNORECASE)
"""How HDF5 and Arrow give the operating system's number of an error."""
NAME = re.compile(r"\b(?:file)?name = '([^']+)'")
SHOWN = 5
"""Files shown of a long list."""

FULL = (errno.ENOSPC, errno.EDQUOT)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
FAILING = (errno.EIO, errno.ESTALE, errno.ENODEV, errno.ENXIO, errno.ENOTCONN)
LATE = (errno.ETIMEDOUT, errno.ECONNRESET, errno.ECONNREFUSED, errno.EHOSTUNREACH,
        errno.ENETUNREACH)  # fmt: skip
MANY_FILES = (errno.EMFILE, errno.ENFILE)
LOCKED = (errno.EAGAIN, errno.ENOLCK)
HDF5_SAYS = ("truncated file", "file signature not found", "read data", "open file", "read attr")


@dataclass(frozen=True)
class Job:
    """What a job reads, writes and was given.

    Parameters
    ----------
    rule
        Its name.
    inputs, outputs
        Files.
    cohort
        Its cohort, or empty.
    mem_mb
        Memory that the rule asks for, in MB; None where it is not known.
    """

    rule: str = ""
    inputs: Sequence[str] = ()
    outputs: Sequence[str] = ()
    cohort: str = ""
    mem_mb: int | None = None


def job_of(snakemake: Any) -> Job:
    """The job of a script's ``snakemake`` object."""
    memory = getattr(getattr(snakemake, "resources", None), "mem_mb", None)
    return Job(
        str(snakemake.rule),
        [str(path) for path in getattr(snakemake, "input", None) or ()],
        [str(path) for path in getattr(snakemake, "output", None) or ()],
        str(getattr(getattr(snakemake, "wildcards", None), "cohort", "")),
        memory if isinstance(memory, int) else None,
    )


def explain(error: BaseException, job: Job | None = None) -> str:
    """Say what happened and what to do, where the cause lies outside of code and input.

    Parameters
    ----------
    error
        What was raised; what it was raised from is looked at too.
    job
        Of a rule's script; None elsewhere.

    Returns
    -------
    str
        A message whose last line says what to do; empty for an error that nothing outside
        explains, which is a defect.
    """
    if isinstance(error, InnervateError):
        # It says itself what is wrong, whatever it was raised from.
        return ""
    job = job or Job()
    for one in _chain(error):
        text = _memory(one, job) or _killed(one, job) or _system(one, job)
        if text:
            return text
    return _damaged(error, job)


def stopped(number: int) -> str:
    """What a job says as it is stopped by a signal.

    Parameters
    ----------
    number
        Of the signal.
    """
    # One line, so that it is the log's last.
    return (
        f"stopped from outside by {_signal(number)}: by a person, by the scheduler (time limit, "
        "scancel, preemption) or as the machine ran short of memory; nothing is wrong with the "
        "input. After a time limit give the rule more `runtime`, after a shortage of memory more "
        "`mem_mb`. Then run the same command again: finished steps are not repeated."
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in seen:
        seen.append(one)
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def _message(what: str, error: BaseException, fix: str) -> str:
    said = " ".join(str(error).split())[:300]
    return f"{what} ({type(error).__name__}{': ' if said else ''}{said}).\n  {fix} {RERUN}"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _more_memory(job: Job) -> str:
    rule = job.rule or "the rule"
    given = f" (it has {job.mem_mb} MB)" if job.mem_mb else ""
    more = f"{2 * job.mem_mb}" if job.mem_mb else "MORE"
    return (
        f"Give it more memory{given}, for example with `--set-resources {rule}:mem_mb={more}`, or "
        "run fewer jobs at a time on one machine (`--cores`, `--resources mem_mb=...`)."
    )


def _memory(error: BaseException, job: Job) -> str:
    if isinstance(error, MemoryError) or _number(error) == errno.ENOMEM:
        return _message("out of memory", error, _more_memory(job))
    return ""


def _killed(error: BaseException, job: Job) -> str:
    if isinstance(error, BrokenProcessPool):
        what = "a process that works for this job was killed from outside, most often by the "
        return _message(f"{what}system as memory ran out", error, _more_memory(job))
    if isinstance(error, subprocess.CalledProcessError):
        # A shell reports a signal as 128 and its number.
        number = -error.returncode if error.returncode < 0 else error.returncode - 128
        if number in (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU):
            what = f"a program that this job runs was stopped from outside by {_signal(number)}"
            return _message(what, error, _more_memory(job))
    return ""


def _number(error: BaseException) -> int | None:
    """The operating system's number of an error, also where a library has it in its text."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    found = NUMBER.search(str(error)) if isinstance(error, OSError | RuntimeError) else None
    return int(found[1] or found[2]) if found else None


def _system(error: BaseException, job: Job) -> str:
    number = _number(error)
    name = _file_of(error)
    here = f" at {name}" if name else ""
    if number in FULL:
        what = f"no space is left on the disk, or a quota is used up{here}"
        fix = f"Free some space: {_space(job, name)}."
        return _message(what, error, fix)
    if number == errno.EFBIG:
        fix = "Raise or remove the limit (`ulimit -f`)."
        return _message(f"a file grew beyond the largest size allowed here{here}", error, fix)
    if number in FORBIDDEN:
        fix = "Allow the job to read its inputs and to write its outputs, logs and temporary files"
        fix += " (owner, mode, a file system mounted read-only)."
        return _message(f"permission denied{here}", error, fix)
    if number in FAILING:
        fix = "Ask the administrator of the file system whether it works."
        return _message(f"the file system failed{here}", error, fix)
    if number in MANY_FILES:
        return _message("too many open files", error, "Raise the limit (`ulimit -n`).")
    if number in LATE or isinstance(error, TimeoutError):
        fix = "See whether the network or the file system answers."
        return _message(f"no answer in time{here}", error, fix)
    if number in LOCKED and "lock" in str(error).lower():
        fix = "Close what else has it open; where the file system knows no locks, set "
        fix += "HDF5_USE_FILE_LOCKING=FALSE."
        return _message(f"the file is locked{here}", error, fix)
    if number == errno.EAGAIN or "can't start new thread" in str(error):
        fix = "Raise the limit (`ulimit -u`), or run fewer jobs at a time (`--cores`)."
        return _message("no more processes or threads are allowed", error, fix)
    if number == errno.ENOENT:
        return _gone(error, name, job)
    return ""


def _gone(error: BaseException, name: str, job: Job) -> str:
    """A file that was there as the job was planned; of any other path it is a defect."""
    absent = [path for path in job.inputs if not Path(path).exists()]
    if absent:
        fix = "Find out what removes files while jobs run; put inputs of yours back."
        return _message(f"gone since the run began: {', '.join(absent)}", error, fix)
    folders = sorted({str(Path(path).parent) for path in job.outputs} | {tempfile.gettempdir()})
    lost = [folder for folder in folders if not Path(folder).is_dir()]
    if lost or ".partial-" in name:
        what = f"gone while this job wrote to it: {', '.join(lost) or name}"
        fix = "Find out what removes files while jobs run (another run in the same folder, a "
        return _message(what, error, f"{fix}cleaning of temporary files).")
    return ""


def _file_of(error: BaseException) -> str:
    name = getattr(error, "filename", None)
    if isinstance(name, bytes):
        name = os.fsdecode(name)
    if isinstance(name, str):
        return name
    found = NAME.search(str(error))
    return found[1] if found else ""


def _space(job: Job, name: str) -> str:
    folders = [str(Path(path).parent) for path in (name, *job.outputs) if path]
    rooms = []
    for folder in dict.fromkeys([*folders, tempfile.gettempdir()]):
        try:
            free = shutil.disk_usage(folder).free / 1e6
        except OSError:
            continue
        rooms.append(f"{free:,.0f} MB free in {folder}")
    return ", ".join(rooms)


def _damaged(error: BaseException, job: Job) -> str:
    """Whether an input of the job is not whole, or bytes that were read are not what they seem."""
    chain = list(_chain(error))
    found = damaged(job.inputs, thorough=any(map(_reads, chain)))
    found |= {path: "its last line has no end" for path in job.inputs if _unfinished(path, job)}
    for one in chain:
        for note in getattr(one, "__notes__", ()):
            if note.startswith(READING):
                found.setdefault(note.removeprefix(READING), "cut short, or not what its name says")
    if found:
        lines = [_broken(path, what, job) for path, what in found.items()]
        return _message(f"not readable: {', '.join(found)}", error, "\n  ".join(lines) + "\n ")
    if not any(isinstance(one, UNREADABLE[:-1]) for one in chain):
        return ""
    files = ", ".join(job.inputs[:SHOWN]) or "the files that are read here"
    more = f" and {len(job.inputs) - SHOWN} more" if len(job.inputs) > SHOWN else ""
    what = f"a file is cut short or damaged, of {files}{more} or of this clone's resources"
    fix = "Delete it where this workflow made it; get it again where it is yours."
    return _message(what, error, fix)


def _reads(error: BaseException) -> bool:
    """Whether an error is of a kind that broken files give rise to."""
    by_library = type(error).__module__.split(".")[0] in ("pyarrow", "pandas")
    by_hdf5 = isinstance(error, OSError | RuntimeError) and any(
        said in str(error) for said in HDF5_SAYS
    )
    return isinstance(error, UNREADABLE) or by_library or by_hdf5


def _unfinished(path: str, job: Job) -> bool:
    """Whether a table of this workflow was cut inside a line: it writes none that ends so."""
    if not (path.endswith(".tsv") and _made_here(path, job) and Path(path).is_file()):
        return False
    with open(path, "rb") as handle:
        size = handle.seek(0, os.SEEK_END)
        handle.seek(max(size - 1, 0))
        return handle.read() != b"\n"


def _broken(path: str, what: str, job: Job) -> str:
    if _made_here(path, job):
        return f"{path}: {what}. This workflow made it: delete it, and it is made anew."
    return (
        f"{path}: {what}. If this workflow made it, delete it, and it is made anew; if it is "
        "yours, copy or download it again, and compare its size or checksum with the source's."
    )


def _made_here(path: str, job: Job) -> bool:
    """Whether a file lies in the results of the job's cohort, or is a copy that was fetched."""
    parts = Path(path).parts
    if job.cohort and (job.cohort, "fetched") in pairwise(parts):
        return True
    for output in job.outputs:
        folders = Path(output).parts[:-1]
        if job.cohort in folders:
            depth = len(folders) - folders[::-1].index(job.cohort)
            if parts[:depth] == folders[:depth]:
                return True
    return False
