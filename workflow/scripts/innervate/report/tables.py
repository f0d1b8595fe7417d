"""Tables of the report: from a tidy frame to titled columns of text."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import pandas as pd

from innervate.report.embed import columns_of
from innervate.report.text import count, interval, number, p_value, plain

Row = Mapping[str, Any]
Kind = Literal["text", "whole", "decimal", "probability", "estimate"]
Align = Literal["text", "number", "wide"]
FIRST_ROWS = 50
"""Rows of a large table that stand in the page for those who run no script."""


class Header(NamedTuple):
    """A column as the page knows it: its title, and how its cells are set."""

    title: str
    align: Align = "number"
    kind: Kind = "text"
    """How the page's script is to write the values of a large table."""
    of: tuple[str, ...] = ()
    """The frame's columns that it shows; empty where its text is worked out from a row."""
    digits: int = 2


class Column(NamedTuple):
    """A column to be laid out: what `Header` says, and how a row's cell reads."""

    title: str
    text: Callable[[Row], str]
    align: Align = "number"
    kind: Kind = "text"
    of: tuple[str, ...] = ()
    digits: int = 2

    @property
    def header(self) -> Header:
        """What is left of it once the rows are text."""
        return Header(self.title, self.align, self.kind, self.of, self.digits)


@dataclass(frozen=True)
class Table:
    """A table of the report; the first cell of a row names it."""

    caption: str
    headers: list[Header]
    rows: list[list[str]]
    strong: list[bool]
    """Rows to be set apart."""
    links: list[str] | None = None
    """What the first cell of each row leads to, relative to the page."""
    kind: str = "table"


def table(
    frame: pd.DataFrame,
    columns: list[Column],
    caption: str,
    strong: Callable[[Row], bool] = lambda row: False,
    link: Callable[[Row], str] | None = None,
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
    link
        What a row's first cell leads to, a file beside the page.
    """
    records = frame.to_dict("records")
    rows = [[column.text(record) for column in columns] for record in records]
    links = [link(record) for record in records] if link else None
    headers = [column.header for column in columns]
    return Table(caption, headers, rows, [bool(strong(record)) for record in records], links)


@dataclass(frozen=True)
class BigTable:
    """A table of thousands of rows: packed columns, and its first rows for those without script."""

    key: str
    """Its name in the page, by which plots refer to it."""
    first: Table | None
    """Its first rows; None where the columns are there for plots alone."""
    packed: dict[str, Any]
    """From `innervate.report.embed.columns_of`."""
    file: str
    """The whole table, relative to the page."""
    kind: str = "big_table"

    @property
    def header(self) -> dict[str, Any]:
        """What the page's script needs to know of it."""
        views = [header._asdict() for header in self.first.headers] if self.first else []
        return {"key": self.key, "file": self.file, "views": views, **self.packed}


def big_table(
    frame: pd.DataFrame,
    columns: list[Column],
    caption: str,
    file: str,
    key: str,
    also: Sequence[str] = (),
) -> BigTable:
    """Lay out a frame of up to some 100,000 rows, to be searched, sorted and saved in the page.

    Parameters
    ----------
    frame
        One observation a row, in the order in which it is to be shown first.
    columns
        What to show, in order.
    caption
        What a row is, and the units.
    file
        The whole table beside the page, relative to it, for example ``bulk/de/site.tsv``.
    key
        Name of the table in the page: letters, digits, ``-``, ``_`` and ``.``.
    also
        Columns of the frame that are not shown, for plots.
    """
    first = table(frame.head(FIRST_ROWS), columns, caption)
    kept = {name: frame[name] for column in columns for name in column.of}
    kept |= {name: frame[name] for name in also}
    shown = []
    for i, column in enumerate(columns):
        if column.of:
            shown.append(column.header)
            continue
        name = f"text{i}"
        kept[name] = pd.Series([column.text(row) for row in frame.to_dict("records")], dtype=object)
        shown.append(column.header._replace(of=(name,)))
    packed = columns_of(pd.DataFrame({n: v.to_numpy() for n, v in kept.items()}))
    return BigTable(key, dataclasses.replace(first, headers=shown), packed, file)


def hidden_table(frame: pd.DataFrame, file: str, key: str) -> BigTable:
    """Embed columns for plots alone, such as the coordinates of cells.

    Parameters
    ----------
    frame
        Columns that plots name by `column_of`.
    file, key
        As of `big_table`.
    """
    return BigTable(key, None, columns_of(frame), file)


def column_of(
    key: str, column: str, scale: Literal["as_is", "minus_log10"] = "as_is"
) -> dict[str, str]:
    """An array of a plot that is a column of an embedded table, so that it is embedded once.

    Parameters
    ----------
    key
        Of a `big_table` or `hidden_table` on the same page.
    column
        One of its frame's columns.
    scale
        ``minus_log10`` for p-values; a zero is drawn as the smallest double above it.
    """
    return {"$table": key, "$column": column, "$scale": scale}


def text(name: str, title: str | None = None, wide: bool = False) -> Column:
    """A column of words."""
    return Column(
        title or name.capitalize(),
        lambda row: plain(row[name]),
        "wide" if wide else "text",
        "text",
        (name,),
    )


def whole(name: str, title: str | None = None) -> Column:
    """A column of whole numbers."""
    title = title or name.capitalize()
    return Column(title, lambda row: count(row[name]), "number", "whole", (name,))


def decimal(name: str, title: str | None = None, digits: int = 2) -> Column:
    """A column of numbers."""
    title = title or name.capitalize()
    return Column(
        title, lambda row: number(row[name], digits), "number", "decimal", (name,), digits
    )


def probability(name: str, title: str | None = None) -> Column:
    """A column of p-values or false discovery rates."""
    title = title or name.capitalize()
    return Column(title, lambda row: p_value(row[name]), "number", "probability", (name,))


def estimate(name: str, low: str, high: str, title: str) -> Column:
    """A column of estimates with their 95% intervals."""
    return Column(
        title,
        lambda row: interval(row[name], row[low], row[high]),
        "number",
        "estimate",
        (name, low, high),
    )


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
