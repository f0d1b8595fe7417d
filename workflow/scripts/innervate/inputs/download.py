"""Downloads that go on where they stopped, which Snakemake's storage plugins begin anew.

The settings (credentials, redirects, mode of transfer) are those of the plugin.
"""

from __future__ import annotations

import shutil
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from innervate.runtime.errors import InputError, Problem

PAUSES = (1, 5, 20)
"""Seconds before a transfer that broke off goes on: after it got further, once in vain, twice."""

SILENCE = 120
"""Seconds without a byte after which a transfer counts as broken off."""

CHUNK = 1 << 16


def go_on(storage_object: Any, address: str, partial: Path) -> None:
    """Download what is missing of a file; as often as it breaks off, while it gets further.

    Parameters
    ----------
    storage_object
        Of the storage plugin ``http`` or ``ftp``.
    address
        For messages.
    partial
        File with the first bytes of this very version; written if it is not there.

    Raises
    ------
    InputError
        Where three attempts in a row bring nothing. What has come stays, for the next run.
    """
    transfer = CONTINUED[address.partition("://")[0].lower()]
    in_vain = 0
    while True:
        before = _size(partial)
        try:
            return transfer(storage_object, partial)
        except (OSError, EOFError) as error:
            came = _size(partial)
            in_vain = 0 if came > before else in_vain + 1
            if in_vain == len(PAUSES):
                found = f"{came} bytes, then: {error}"
                fix = "run again: it goes on where it stopped, if the server can do that"
                raise InputError([Problem(address, "", found, "the whole file", fix)]) from error
            time.sleep(PAUSES[in_vain])


def _http(source: Any, partial: Path) -> None:
    import requests
    from urllib3.exceptions import HTTPError

    settings, changed, there = source.provider.settings, source.mtime(), _size(partial)
    headers = {"Accept-Encoding": "identity"}
    # Without the date of the last change nothing shows that the rest belongs to these bytes.
    if there and changed:
        headers["Range"] = f"bytes={there}-"
        headers["If-Range"] = formatdate(changed, usegmt=True)
    with requests.get(
        source.query, headers=headers, stream=True, timeout=SILENCE,
        auth=settings.auth, allow_redirects=settings.allow_redirects,
    ) as answer:  # fmt: skip
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            # All bytes were here, or more: nothing shows which.
            partial.unlink()
        answer.raise_for_status()
        goes_on = answer.headers.get("Content-Range", "").startswith(f"bytes {there}-")
        if answer.status_code == requests.codes.partial_content and not goes_on:
            raise OSError(f"asked for the bytes from {there}, the server sent others")
        answer.raw.decode_content = "Content-Encoding" in answer.headers
        with open(partial, "ab" if goes_on else "wb") as handle:
            try:
                shutil.copyfileobj(answer.raw, handle, CHUNK)
            except HTTPError as error:
                raise OSError(str(error)) from error


def _ftp(source: Any, partial: Path) -> None:
    path, there, whole = urlsplit(source.query).path, _size(partial), source.size()
    if there < whole or not there:
        with source.conn.open(path, "rb", rest=there) as remote, open(partial, "ab") as handle:
            shutil.copyfileobj(remote, handle, CHUNK)
    came = _size(partial)
    if came > whole:
        partial.unlink()
    if came != whole:
        raise EOFError(f"{came} of {whole} bytes came")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


CONTINUED = {"http": _http, "https": _http, "ftp": _ftp}
