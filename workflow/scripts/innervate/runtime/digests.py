"""Digests of code and of shipped files, so that a rule reruns when what it uses has changed.

Snakemake reruns a job when its params change, but it does not see edits of an imported package.
Each rule therefore carries the digest of its script in its params.
"""

from __future__ import annotations

import ast
import atexit
import contextlib
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from innervate.runtime.files import write_text

PACKAGE = Path(__file__).resolve().parents[1]
"""The folder of this package; scripts of rules stand beside it."""


class Source(NamedTuple):
    """What a file of Python says, as far as digests are concerned."""

    code: str
    """Digest of its syntax tree."""
    names: list[str]
    """What it imports that may be of this package."""


def script_digest(script: str) -> str:
    """Digest of a rule's script and of every module of this package that it imports.

    Imports are followed without running anything, those within functions included, those for type
    checkers alone excluded. What is compared is the syntax tree: comments, docstrings and layout
    do not count.

    Parameters
    ----------
    script
        File name without its ending, for example ``bulk_qc``.

    Returns
    -------
    str
        Sixteen hexadecimal digits.

    Raises
    ------
    FileNotFoundError
        Where there is no such script.
    """
    digest = hashlib.sha256(_code(PACKAGE.parent / f"{script}.py").encode())
    for module in modules_behind(script):
        digest.update(f"{module} {_code(_file_of(module))}\n".encode())
    return digest.hexdigest()[:16]


def modules_behind(script: str) -> list[str]:
    """Modules of this package that a rule's script imports, directly or not, sorted by name."""
    pending, seen = set(_imports(PACKAGE.parent / f"{script}.py")), set()
    while pending:
        module = pending.pop()
        seen.add(module)
        pending |= imported_modules(module) - seen
    return sorted(seen)


def imported_modules(module: str) -> frozenset[str]:
    """Modules of this package that `module` imports directly, found without running it.

    Parameters
    ----------
    module
        Dotted name, for example ``innervate.bulk.qc``.
    """
    return _imports(_file_of(module))


@cache
def _file_of(module: str) -> Path | None:
    base = PACKAGE.parent.joinpath(*module.split("."))
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


@cache
def _source(path: Path) -> Source:
    text = path.read_bytes()
    key = f"{hashlib.sha256(text).hexdigest()} {_own_code()}"
    if key not in _known:
        tree = ast.parse(text)
        _known[key] = Source(_code_of(tree), sorted(set(_named(tree))))
    return _known[key]


def _code_of(tree: ast.Module) -> str:
    return hashlib.sha256("".join(_written(tree)).encode()).hexdigest()


_known: dict[str, Source] = {}
"""What was found in files, by their content: each is parsed once, and not at each start."""


@cache
def _own_code() -> str:
    """Digest of this module: another way to look at files makes what is known of them void."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]


def recall(path: Path) -> None:
    """Read what an earlier process found in the files, and leave what this one finds when it ends.

    Parameters
    ----------
    path
        A JSON file; one that is missing or damaged is made anew.
    """
    with contextlib.suppress(OSError, ValueError, TypeError):
        _known.update(
            {key: Source(*found) for key, found in dict(json.loads(path.read_text())).items()}
        )
    before = set(_known)

    def leave() -> None:
        if set(_known) != before:
            with contextlib.suppress(OSError):
                path.parent.mkdir(parents=True, exist_ok=True)
                write_text(json.dumps(_known), path)

    atexit.register(leave)


@cache
def _code(path: Path) -> str:
    return _source(path).code


@cache
def _imports(path: Path) -> frozenset[str]:
    ours = {name for name in _source(path).names if _file_of(name)}
    # Python runs the __init__.py of each package on the way to a module.
    ours |= {name.rsplit(".", depth)[0] for name in ours for depth in range(1, name.count(".") + 1)}
    return frozenset(ours)


def _named(tree: ast.Module) -> Iterator[str]:
    """What may be a module of this package among the names that are imported."""
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if _is_ours(alias.name))
        elif isinstance(node, ast.ImportFrom) and not node.level and _is_ours(node.module or ""):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_ours(name: str) -> bool:
    return name.split(".")[0] == PACKAGE.name


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """All statements within a node that can run. Expressions, most of a module, hold no imports."""
    parts = ("body", "orelse", "finalbody", "handlers", "cases")
    if isinstance(node, ast.If) and _name_of(node.test) == "TYPE_CHECKING":
        parts = ("orelse",)
    for part in parts:
        inner = getattr(node, part, ())
        for statement in inner if isinstance(inner, list) else ():
            yield statement
            yield from _statements(statement)


def _name_of(node: ast.expr) -> str:
    return getattr(node, "id", getattr(node, "attr", ""))


def _written(node: ast.AST | list | object) -> Iterator[str]:
    """Write a syntax tree so that the same code gives the same text on each Python version.

    Empty fields are left out, as newer versions add some and older ones do not have them.
    """
    if isinstance(node, list):
        for inner in node:
            yield from _written(inner)
            yield ","
    elif isinstance(node, ast.AST):
        yield f"{type(node).__name__}("
        for name in node._fields:
            value = getattr(node, name, None)
            if name == "body" and isinstance(value, list):
                value = _without_docstring(value)
            if isinstance(node, ast.Constant):
                if name == "value":
                    yield repr(value)
            elif value is not None and value != []:
                yield f"{name}="
                yield from _written(value)
        yield ")"
    else:
        yield repr(node)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    """Statements without strings that stand alone: docstrings, and those behind a constant."""
    return [
        statement
        for statement in body
        if not (
            isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Constant)
            and isinstance(statement.value.value, str)
        )
    ]


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
