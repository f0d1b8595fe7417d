"""Local copies of inputs that lie elsewhere, verified."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from innervate.errors import InputError, Problem


def fetch(storage_object: Any, address: str, output: str, checksum: str | None) -> None:
    """Bring an input here, hold it to its checksum, and move it into place.

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
        Where nothing is at the address, or what is there has another checksum.
    """
    # In a thread of its own, as the job's has Snakemake's event loop in it.
    with ThreadPoolExecutor(1) as thread:
        there = thread.submit(lambda: asyncio.run(_retrieved(storage_object))).result()
    if not there:
        raise InputError([Problem(address, "", "no such file", "a file that can be read")])
    verify(storage_object.local_path(), address, checksum)
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    partial = Path(output).with_name(f".partial-{Path(output).name}")
    shutil.move(storage_object.local_path(), partial)
    os.replace(partial, output)


async def _retrieved(storage_object: Any) -> bool:
    """Retrieve what is there; some servers answer a missing file with a page that says so."""
    there = await storage_object.managed_exists()
    if there:
        await storage_object.managed_retrieve()
    return there


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
