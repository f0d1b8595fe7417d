"""Inputs that a cohort file names by address: where their local copies lie."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from innervate.runtime.errors import Problem

SCHEMES = ("http", "https", "ftp", "s3", "gs")
FETCHED = "fetched"
"""Folder inside data/NAME that only downloads are written to."""

PLACES = ("table", "path", "folder", "transcripts", "model")
"""Keys of a cohort file that name an input."""

CHECKSUM = re.compile(r"(sha256:[0-9a-f]{64}|md5:[0-9a-f]{32})")


class Remote(NamedTuple):
    """Addresses of a cohort's inputs by the path of the local copy: of files, and of folders."""

    files: dict[str, str]
    folders: dict[str, str]


def is_remote(place: str) -> bool:
    """Whether a place is an address that is fetched, and not a path."""
    return place.partition("://")[0].lower() in SCHEMES and "://" in place


def is_copy(path: str | Path) -> bool:
    """Whether a path is that of a local copy, here or not."""
    parts = Path(path).parts
    return parts[:1] == ("data",) and parts[2:3] == (FETCHED,)


def is_pending(path: str | Path) -> bool:
    """Whether a path is that of a local copy which is not here yet."""
    return is_copy(path) and not Path(path).exists()


def local_copy(address: str, cohort: str) -> str:
    """Path of an address's local copy, with the ending that readers go by.

    An address is untrusted text: no part of it leads out of the folder. What follows `#` names
    the copy, where the address itself does not say what it is.
    """
    split = urlsplit(address)
    parts = [split.netloc.rpartition("@")[2], *split.path.split("/")]
    if split.query:
        # A file behind a query is distinguished from others by a digest of the whole address.
        parts[-1:-1] = [hashlib.sha256(address.encode()).hexdigest()[:10]]
    if split.fragment:
        parts.append(split.fragment)
    plain = [re.sub(r"[^A-Za-z0-9._-]", "_", part) for part in parts]
    kept = [part for part in plain if part.strip(".")]
    return "/".join(["data", cohort, FETCHED, *kept])


def localize(raw: Any, cohort: str) -> tuple[Any, Remote]:
    """Replace the addresses of a parsed cohort file by the paths of their local copies."""
    remote = Remote({}, {})

    def walk(value: Any, key: str) -> Any:
        if isinstance(value, Mapping):
            return {name: walk(inner, str(name)) for name, inner in value.items()}
        if isinstance(value, list):
            return [walk(inner, "") for inner in value]
        if key in PLACES and isinstance(value, str) and is_remote(value):
            path = local_copy(value, cohort)
            (remote.folders if key == "folder" else remote.files)[path] = value
            return path
        return value

    kept = {"checksums", "settings"} & set(raw) if isinstance(raw, Mapping) else set()
    return {**walk(raw, ""), **{key: raw[key] for key in kept}}, remote


def address_of(path: str, remote: Remote) -> str | None:
    """The address that a local copy is made from, or None where nothing asks for it."""
    if path in remote.files:
        return remote.files[path]
    folder = next((one for one in remote.folders if path.startswith(f"{one}/")), None)
    return folder and remote.folders[folder].rstrip("/") + path.removeprefix(folder)


def checksum_problems(checksums: Any, remote: Remote, file: str) -> list[Problem]:
    """Problems of declared checksums: an address that nothing asks for, or no checksum."""
    problems = []
    for address, checksum in checksums.items() if isinstance(checksums, Mapping) else ():
        where = f"checksums.{address}"
        path = local_copy(str(address), "x").split("/", 3)[-1]
        asked = [one.split("/", 3)[-1] for one in (*remote.files, *remote.folders)]
        if not any(path == one or path.startswith(f"{one}/") for one in asked):
            problems.append(Problem(file, where, "no input of that address", "one that is used"))
        if not CHECKSUM.fullmatch(str(checksum)):
            expected = "sha256: or md5: and the hexadecimal digits"
            problems.append(Problem(file, where, str(checksum)[:80], expected))
    return problems


def credential_problems(remote: Remote, file: str) -> list[Problem]:
    """Problems of addresses that hold a user or a password; what they hold is not repeated."""
    expected = "none: an address stands in logs and results"
    fix = "give them as the storage plugin documents, for example in the environment"
    return [
        Problem(file, f"address at {netloc.rpartition('@')[2]}", "credentials", expected, fix)
        for address in (*remote.files.values(), *remote.folders.values())
        if "@" in (netloc := urlsplit(address).netloc)
    ]
