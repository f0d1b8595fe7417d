"""Local copies of inputs that lie elsewhere, verified."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from innervate.errors import InputError, Problem
from innervate.inputs.download import CONTINUED, go_on


def fetch(storage_object: Any, address: str, output: str, checksum: str | None) -> None:
    """Bring an input here, hold it to its checksum, and move it into place.

    What a run that broke off left is continued, where the server says that the file is the same.

    Parameters
    ----------
    storage_object
        Of a Snakemake storage plugin, for the address.
    address
        For messages.
    output
        Path of the local copy.
    checksum
        ``sha256:`` or ``md5:`` and the hexadecimal digits, or None.

    Raises
    ------
    InputError
        Where nothing is at the address, the transfer breaks off, or what came has another checksum.
    """
    if not _awaited(storage_object.managed_exists()):
        raise InputError([Problem(address, "", "no such file", "a file that can be read")])
    target = Path(output)
    target.parent.mkdir(parents=True, exist_ok=True)
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
    verify(partial, address, checksum)
    os.replace(partial, target)


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
        mend = "the file was changed or not sent whole: fetch it again, and if the new one is "
        mend += "what you want, declare its checksum"
        raise InputError([Problem(address, "checksum", f"{kind}:{found}", expected, mend)])


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
