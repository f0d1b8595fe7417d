"""Reference pages made from the models: every key of a config file, every column of a table."""

from __future__ import annotations

import json
import re
import types
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from innervate.runtime.contract import Table

PLAIN = {str: "text", int: "integer", float: "number", bool: "true or false", Any: "any value"}
BOUNDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}


class Section(NamedTuple):
    """A part of a config file that has keys of its own."""

    title: str
    """Where it stands, for example ``bulk.matrices, each``."""
    model: type[BaseModel]


def sections(model: type[BaseModel], title: str) -> list[Section]:
    """List a model and every model within it, in the order of their keys.

    Parameters
    ----------
    model
        Of a whole config file.
    title
        What the file is called.
    """
    found = {model: title}
    for path, inner in _within(model, ""):
        found.setdefault(inner, path)
    return [Section(name, part) for part, name in found.items()]


def key_page(head: str, parts: Iterable[Section]) -> str:
    """Write the Markdown page of every key of a config file.

    Parameters
    ----------
    head
        What stands above the sections.
    parts
        From `sections`.
    """
    parts = list(parts)
    anchors = {part.model: anchor(part.title) for part in parts}
    blocks = [head]
    for part in parts:
        rows = [_key_row(name, field, anchors) for name, field in part.model.model_fields.items()]
        table = ["| key | type | default | meaning |", "|---|---|---|---|", *rows]
        text = first_paragraph(part.model)
        blocks.append("\n".join([f"## {part.title}", "", text, "", *table]))
    return "\n\n".join(blocks) + "\n"


def table_page(head: str, tables: Iterable[Table]) -> str:
    """Write the Markdown page of every column of the result tables.

    Parameters
    ----------
    head
        What stands above the tables.
    tables
        Contracts, in the order in which they are shown.
    """
    blocks = [head]
    for table in tables:
        rows = [
            f"| `{column.name}` | {column.kind} | {'yes' if column.required else ''} | "
            f"{_cell(column.meaning)} |"
            for column in table.columns
        ]
        head_rows = ["| column | kind | always there | meaning |", "|---|---|---|---|"]
        text = f"One row is {table.row}."
        blocks.append("\n".join([f"## {table.path}", "", text, "", *head_rows, *rows]))
    return "\n\n".join(blocks) + "\n"


def anchor(title: str) -> str:
    """The link target that Markdown renderers give a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def first_paragraph(model: type) -> str:
    """The first paragraph of a docstring, in one line."""
    return " ".join((model.__doc__ or "").strip().split("\n\n")[0].split())


def type_name(annotation: Any, anchors: dict[type, str] | None = None) -> str:
    """Say a type in words.

    Parameters
    ----------
    annotation
        Of a field: a class, or a construction of `typing`.
    anchors
        Link targets of the models that have a section.
    """
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _bounded(type_name(inner[0], anchors), inner[1:])
    if origin is Literal:
        return _either([f"`{value}`" for value in inner])
    if origin in (Union, types.UnionType):
        return _either([type_name(one, anchors) for one in inner if one is not types.NoneType])
    if origin in (list, frozenset):
        return f"list of {type_name(inner[0], anchors)}"
    if origin is tuple:
        return f"{len(inner)} values: {', '.join(type_name(one, anchors) for one in inner)}"
    if origin is dict:
        key, value = (type_name(one, anchors) for one in inner)
        return f"mapping from {key} to {value}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{(anchors or {}).get(annotation, '')})"
    return PLAIN[annotation]


def _either(options: list[str]) -> str:
    return options[0] if len(options) == 1 else f"{', '.join(options[:-1])} or {options[-1]}"


def _bounded(text: str, metadata: Iterable[Any]) -> str:
    words = []
    for mark in metadata:
        marks = getattr(mark, "metadata", None) or [mark]
        if getattr(mark, "pattern", None):
            return "name"
        for one in marks:
            for key, word in BOUNDS.items():
                value = getattr(one, key, None)
                words += [f"{word} {value:,}"] if value is not None else []
    return ", ".join([text, *words])


def _within(model: type[BaseModel], path: str) -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in model.model_fields.items():
        for each, inner in _models(field.annotation):
            here = f"{path}{name}{', each' if each else ''}{_of_kind(inner)}"
            yield here, inner
            yield from _within(inner, f"{here}: " if each else f"{here}.")


def _of_kind(model: type[BaseModel]) -> str:
    """Distinguish the models of a union, as their key `kind` does."""
    kinds = get_args(getattr(model.model_fields.get("kind"), "annotation", None))
    return f" of kind {kinds[0]}" if len(kinds) == 1 else ""


def _models(annotation: Any, each: bool = False) -> Iterator[tuple[bool, type[BaseModel]]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield each, annotation
    many = each or get_origin(annotation) in (list, dict)
    for inner in get_args(annotation):
        if isinstance(inner, type) or get_origin(inner) is not None:
            yield from _models(inner, many)


def _key_row(name: str, field: FieldInfo, anchors: dict[type, str]) -> str:
    kind = _bounded(type_name(field.annotation, anchors), field.metadata)
    cells = [f"`{name}`", kind, _default(field), _meaning(field)]
    return "| " + " | ".join(map(_cell, cells)) + " |"


def _meaning(field: FieldInfo) -> str:
    if field.description:
        return " ".join(field.description.split())
    return " ".join(first_paragraph(model) for _, model in _models(field.annotation))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return "as in its section"
    return "none" if value is None else f"`{json.dumps(value)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
