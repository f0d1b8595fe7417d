"""Tables of the report: from a tidy frame to titled columns of text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import pandas as pd

from innervate.report.text import count, interval, number, p_value, plain

Row = Mapping[str, Any]


class Column(NamedTuple):
    """A column: its title, how a row's cell reads, and how it is set."""

    title: str
    text: Callable[[Row], str]
    align: Literal["text", "number", "wide"] = "number"


@dataclass(frozen=True)
class Table:
    """A table of the report; the first cell of a row names it."""

    caption: str
    headers: list[Column]
    rows: list[list[str]]
    strong: list[bool]
    """Rows to be set apart."""
    kind: str = "table"


def table(
    frame: pd.DataFrame,
    columns: list[Column],
    caption: str,
    strong: Callable[[Row], bool] = lambda row: False,
) -> Table:
    """Lay out a frame.

    Parameters
    ----------
    frame
        One observation a row.
    columns
        What to show, in order.
    caption
        What a row is, and the units.
    strong
        Whether a row is to be set apart.
    """
    records = frame.to_dict("records")
    rows = [[column.text(record) for column in columns] for record in records]
    return Table(caption, columns, rows, [bool(strong(record)) for record in records])


def text(name: str, title: str | None = None, wide: bool = False) -> Column:
    """A column of words."""
    return Column(
        title or name.capitalize(), lambda row: plain(row[name]), "wide" if wide else "text"
    )


def whole(name: str, title: str | None = None) -> Column:
    """A column of whole numbers."""
    return Column(title or name.capitalize(), lambda row: count(row[name]))


def decimal(name: str, title: str | None = None, digits: int = 2) -> Column:
    """A column of numbers."""
    return Column(title or name.capitalize(), lambda row: number(row[name], digits))


def probability(name: str, title: str | None = None) -> Column:
    """A column of p-values or false discovery rates."""
    return Column(title or name.capitalize(), lambda row: p_value(row[name]))


def estimate(name: str, low: str, high: str, title: str) -> Column:
    """A column of estimates with their 95% intervals."""
    return Column(title, lambda row: interval(row[name], row[low], row[high]))


def renamed(name: str, names: Mapping[str, str]) -> Column:
    """A column of ids, each shown by its name."""
    title = name.replace("_", " ").capitalize()
    return Column(title, lambda row: plain(names.get(row[name], row[name])), "text")


def pairs(values: Mapping[str, Any], caption: str, titles: tuple[str, str]) -> Table:
    """A table of names and values; nested mappings are named with dots."""
    frame = pd.DataFrame(_flat(values), columns=["name", "value"])
    return table(frame, [text("name", titles[0]), text("value", titles[1], wide=True)], caption)


def whole_table(frame: pd.DataFrame, caption: str) -> Table:
    """A table of whatever columns there are."""
    columns = []
    for name in frame.columns:
        title = name.replace("_", " ").capitalize()
        if pd.api.types.is_integer_dtype(frame[name]):
            columns.append(whole(name, title))
        elif pd.api.types.is_float_dtype(frame[name]):
            columns.append(decimal(name, title))
        else:
            columns.append(text(name, title))
    return table(frame, columns, caption)


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            rows.extend(_flat(value, f"{name}."))
        elif isinstance(value, list | tuple):
            rows.append((name, ", ".join(map(str, value)) or "none"))
        else:
            empty = value is None or value in ("", {})
            rows.append((name, "none" if empty else str(value)))
    return rows
