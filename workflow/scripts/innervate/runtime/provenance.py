"""What a result was made from: checksums, versions, commit."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from innervate.runtime.digests import PACKAGE, files_digest
from innervate.runtime.version import VERSION


def sha256(path: str | Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def commit() -> str:
    """The git commit of the workflow, with a mark where files were edited since.

    Returns
    -------
    str
        Forty hexadecimal digits, with ``-edited`` behind them where the checkout differs;
        ``unknown`` outside a git checkout.
    """
    try:
        head = _git("rev-parse", "HEAD")
        return f"{head}-edited" if _git("status", "--porcelain", "--untracked-files=no") else head
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(PACKAGE), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that compute results."""
    libraries = (
        "anndata",
        "decoupler",
        "gseapy",
        "harmonypy",
        "igraph",
        "infercnvpy",
        "liana",
        "lifelines",
        "numpy",
        "pandas",
        "pydeseq2",
        "pytximport",
        "scanpy",
        "scipy",
        "snakemake",
        "statsmodels",
        "umap-learn",
    )
    found = {name: metadata.version(name) for name in libraries}
    return {"innervate": VERSION, "python": platform.python_version(), **found}


def code_digests() -> dict[str, str]:
    """Digest of each part of the package, so that two runs can be told apart by what changed."""
    parts = sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))
    return {part.name: files_digest(*sorted(part.rglob("*.py"))) for part in parts}


def describe_run(
    files: Iterable[str | Path], digests: Mapping[str, str] | None = None, **facts: Any
) -> dict[str, Any]:
    """What a cohort's results were made from and with.

    Parameters
    ----------
    files
        Input files; each is recorded with its SHA-256.
    digests
        SHA-256 of further input files, by path, where it is already known.
    facts
        Further entries, JSON-able: the cohort, its settings, the seed.
    """
    return {
        **facts,
        "commit": commit(),
        "versions": versions(),
        "code": code_digests(),
        "inputs": {str(path): sha256(path) for path in sorted(map(str, files))} | (digests or {}),
    }
