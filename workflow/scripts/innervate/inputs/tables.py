"""Text tables of any separator, read as text, with problems that name the line."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from pathlib import Path

import pandas as pd

from innervate.errors import Problem

HEADER_ROW = 1
"""People count the header as row 1, so that the first record is row 2."""


def code_of(value: object) -> str:
    """A code as text; ``1``, ``1.0`` and ``"1"`` are the same code."""
    try:
        return str(float(str(value)))
    except ValueError:
        return str(value)


def open_text(path: str | Path) -> io.TextIOBase:
    """Open a text file, gzipped or not, tolerating a byte-order mark."""
    if str(path).endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return open(path, encoding="utf-8-sig", newline="")


def separator_of(path: str | Path, header: str) -> str:
    """Separator of a table: by its ending, else by what its header holds more of."""
    endings = [ending.lower() for ending in Path(path).suffixes]
    if ".csv" in endings:
        return ","
    if ".tsv" in endings:
        return "\t"
    return "\t" if header.count("\t") >= header.count(",") else ","


def read_any_table(path: str | Path) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a small table, all of it as text.

    Parameters
    ----------
    path
        TSV or CSV, gzipped or not.

    Returns
    -------
    tuple
        The frame, cells stripped of blanks, the index counting rows as a person does (the first
        record is row 2); and problems: not readable, no header, a column twice, ragged rows.
    """
    name = str(path)
    try:
        with open_text(path) as handle:
            text = handle.read()
    except (OSError, UnicodeDecodeError, gzip.BadGzipFile) as error:
        found = getattr(error, "strerror", None) or str(error)
        return pd.DataFrame(), [Problem(name, "", found, "a readable text table, UTF-8")]
    separator = separator_of(path, text.partition("\n")[0])
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=separator) if any(row)]
    if not rows:
        return pd.DataFrame(), [Problem(name, "", "an empty file", "a header and rows")]
    header = [cell.strip() for cell in rows[0]]
    problems = [
        Problem(name, f"row 1, column {column}", f"{count} columns of that name", "one")
        for column, count in Counter(header).items()
        if count > 1
    ]
    for number, row in enumerate(rows[1:], start=HEADER_ROW + 1):
        if len(row) != len(header):
            expected = f"{len(header)} cells, as in the header"
            problems.append(Problem(name, f"row {number}", f"{len(row)} cells", expected))
    if problems:
        return pd.DataFrame(), problems
    cells = [[cell.strip() for cell in row] for row in rows[1:]]
    index = range(HEADER_ROW + 1, HEADER_ROW + 1 + len(cells))
    return pd.DataFrame(cells, columns=header, index=index, dtype=str), []


def missing_columns(frame: pd.DataFrame, wanted: dict[str, str], file: str) -> list[Problem]:
    """Problems for columns that a table lacks.

    Parameters
    ----------
    frame
        The table.
    wanted
        Column: the key of the cohort file that asks for it.
    file
        Name of the table.
    """
    have = ", ".join(frame.columns[:12]) + (" …" if len(frame.columns) > 12 else "")
    return [
        Problem(file, f"column {column}", "no such column", f"one of: {have}", f"see {key}")
        for column, key in wanted.items()
        if column not in frame.columns
    ]
