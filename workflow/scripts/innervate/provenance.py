"""What a result was made from: code digests, checksums, versions."""

from __future__ import annotations

import ast
import hashlib
import platform
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import innervate

PACKAGE = Path(__file__).resolve().parent


@cache
def _file_of(module: str) -> Path | None:
    base = PACKAGE.parent.joinpath(*module.split("."))
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """All statements within a node. Expressions, most of a module, hold no imports."""
    for part in ("body", "orelse", "finalbody", "handlers", "cases"):
        inner = getattr(node, part, ())
        for statement in inner if isinstance(inner, list) else ():
            yield statement
            yield from _statements(statement)


@cache
def imported_modules(module: str) -> frozenset[str]:
    """Modules of this package that `module` imports directly, found without running it.

    Parameters
    ----------
    module
        Dotted name, for example ``innervate.bulk.qc``.
    """
    path = _file_of(module)
    if path is None:
        return frozenset()
    names: set[str] = set()
    for node in _statements(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(name for name in names if name.split(".")[0] == "innervate" and _file_of(name))


def source_digest(*modules: str) -> str:
    """Digest of the code behind `modules`: each one and all it imports inside the package.

    Snakemake reruns a rule when its params change, but does not see edits of an imported
    package; a rule that carries this digest in its params is rerun when, and only when,
    code that it uses was edited.

    Parameters
    ----------
    modules
        Dotted names, for example ``innervate.bulk.qc``.

    Returns
    -------
    str
        Sixteen hexadecimal digits.

    Raises
    ------
    ModuleNotFoundError
        Where a named module does not exist, so that a renamed module can't go unnoticed.
    """
    pending, seen = list(modules), set()
    for module in modules:
        if _file_of(module) is None:
            raise ModuleNotFoundError(f"no module {module} under {PACKAGE.name}/")
    while pending:
        module = pending.pop()
        if module not in seen:
            seen.add(module)
            pending.extend(imported_modules(module))
    digest = hashlib.sha256()
    for module in sorted(seen):
        path = _file_of(module)
        digest.update(module.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def sha256(path: str | Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def files_digest(*paths: Path) -> str:
    """Digest of some files' names and contents, wherever they lie.

    Parameters
    ----------
    paths
        Existing files.

    Returns
    -------
    str
        Sixteen hexadecimal digits.
    """
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def folder_digest(folder: str) -> str:
    """Digest of a folder of this package, for files that are not Python, such as templates.

    Parameters
    ----------
    folder
        Relative to the package, for example ``report/templates``.
    """
    return files_digest(*sorted(path for path in (PACKAGE / folder).rglob("*") if path.is_file()))


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
    return {"innervate": innervate.__version__, "python": platform.python_version(), **found}


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
