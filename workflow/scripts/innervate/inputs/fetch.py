"""Local copies of inputs that lie elsewhere, verified."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from threading import Lock
from typing import Any

from innervate.inputs.download import CONTINUED, go_on
from innervate.runtime.errors import InputError, Problem
from innervate.runtime.log import failure_in

ONE_AT_A_TIME = Lock()
"""Of plugins whose connection all jobs of a process share, and which is not made for threads."""


def fetch(
    stored: Callable[[str], Any], address: str, output: str, checksum: str | None, log: str
) -> None:
    """Bring an input here, hold it to its checksum, and move it into place.

    What a run that broke off left is continued, where the server says that the file is the same.

    Parameters
    ----------
    stored
        Gives a Snakemake storage plugin's object for an address.
    address
        Of the input.
    output
        Path of the local copy.
    checksum
        ``sha256:`` or ``md5:`` and the hexadecimal digits, or None.
    log
        Path that a failure is written to.

    Raises
    ------
    InputError
        Where nothing is at the address, the transfer breaks off, or what came has another checksum.
    """
    target = Path(output)
    target.parent.mkdir(parents=True, exist_ok=True)
    with failure_in(log), nullcontext() if address.lower().startswith("http") else ONE_AT_A_TIME:
        partial = _retrieve(stored(address), address, target)
        verify(partial, address, checksum)
    os.replace(partial, target)


def _retrieve(storage_object: Any, address: str, target: Path) -> Path:
    if not _awaited(storage_object.managed_exists()):
        raise InputError([Problem(address, "", "no such file", "a file that can be read")])
    partial = _partial(storage_object, target)
    # The plugin's own choice follows the address, which may point anywhere.
    storage_object.set_local_path(partial)
    if _scheme(storage_object) in CONTINUED:
        _awaited(storage_object.wait_for_free_space())
        go_on(storage_object, address, partial)
    else:
        _awaited(storage_object.managed_retrieve())
    if partial.is_dir():
        shutil.rmtree(partial)
        raise InputError([Problem(address, "", "a folder", "a file")])
    return partial


def verify(path: str | Path, address: str, checksum: str | None) -> None:
    """Remove and refuse a file that has another checksum than the declared one."""
    if checksum is None:
        return
    kind, _, wanted = checksum.partition(":")
    with open(path, "rb") as handle:
        found = hashlib.file_digest(handle, kind).hexdigest()
    if found != wanted:
        Path(path).unlink()
        expected = f"{checksum}, as the cohort file declares under checksums"
        fix = "the file was changed or not sent whole: fetch it again, and if the new one is "
        fix += "what you want, declare its checksum"
        raise InputError([Problem(address, "checksum", f"{kind}:{found}", expected, fix)])


def _scheme(storage_object: Any) -> str:
    return storage_object.query.partition("://")[0].lower()


def _partial(storage_object: Any, target: Path) -> Path:
    """Where the bytes go until all are here; of another version of the file, nothing is kept."""
    version = ""
    if _scheme(storage_object) in CONTINUED:
        version = f"{storage_object.size()} {storage_object.mtime()}"
    digest = hashlib.sha256(f"{storage_object.query} {version}".encode()).hexdigest()[:10]
    partial = target.with_name(f".partial-{digest}-{target.name}")
    for other in target.parent.glob(f".partial-{'?' * 10}-{target.name}*"):
        if other != partial or not version:
            shutil.rmtree(other) if other.is_dir() else other.unlink()
    return partial


def _awaited(task: Coroutine) -> Any:
    # Snakemake may be running a loop of its own in this thread.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, task).result()
