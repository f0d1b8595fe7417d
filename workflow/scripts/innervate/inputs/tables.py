"""Small tables (TSV, CSV, XLSX), read as text, with problems that name the row."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from innervate.runtime.damage import READING, UNREADABLE
from innervate.runtime.errors import Problem

HEADER_ROW = 1
"""People count the header as row 1, so that the first record is row 2."""


def code_of(value: object) -> str:
    """A code as text; ``1``, ``1.0`` and ``"1"`` are the same code."""
    try:
        return str(float(str(value)))
    except ValueError:
        return str(value)


@contextmanager
def open_text(path: str | Path) -> Iterator[io.TextIOBase]:
    """Open a text file, gzipped or not, tolerating a byte-order mark.

    An error that a broken file gives rise to leaves with a note that names the file.
    """
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as handle:
        try:
            yield handle
        except (*UNREADABLE, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            error.add_note(f"{READING}{path}")
            raise


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
        TSV or CSV, gzipped or not, or XLSX, of which the first sheet is read.

    Returns
    -------
    tuple
        The frame, cells stripped of blanks, the index counting rows as a person does (the first
        record is row 2); and problems: not readable, no header, a column twice, ragged rows.
    """
    name = str(path)
    workbook = name.lower().endswith(".xlsx")
    try:
        rows = _workbook_rows(path) if workbook else _text_rows(path)
    except (*UNREADABLE, OSError, KeyError, ValueError) as error:
        found = getattr(error, "strerror", None) or str(error)
        expected = "a readable workbook" if workbook else "a readable text table, UTF-8"
        return pd.DataFrame(), [Problem(name, "", found, expected)]
    filled = {number: row for number, row in rows.items() if any(row)}
    if not filled:
        return pd.DataFrame(), [Problem(name, "", "an empty file", "a header and rows")]
    first, *others = filled
    header = [cell.strip() for cell in filled[first]]
    problems = [
        Problem(name, f"row {first}, column {column}", f"{count} columns of that name", "one")
        for column, count in Counter(header).items()
        if count > 1
    ]
    for number in others:
        if len(filled[number]) != len(header):
            expected = f"{len(header)} cells, as in the header"
            found = f"{len(filled[number])} cells"
            problems.append(Problem(name, f"row {number}", found, expected))
    if problems:
        return pd.DataFrame(), problems
    cells = [[cell.strip() for cell in filled[number]] for number in others]
    return pd.DataFrame(cells, columns=header, index=others, dtype=str), []


def _text_rows(path: str | Path) -> dict[int, list[str]]:
    with open_text(path) as handle:
        text = handle.read()
    separator = separator_of(path, text.partition("\n")[0])
    # Blank lines are not counted: most programs do not show them as rows.
    rows = (row for row in csv.reader(io.StringIO(text), delimiter=separator) if any(row))
    return dict(enumerate(rows, start=HEADER_ROW))


def _workbook_rows(path: str | Path) -> dict[int, list[str]]:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        sheet = book.worksheets[0].iter_rows(values_only=True)
        rows = [list(map(_cell_text, row)) for row in sheet]
    finally:
        book.close()
    # Sheets keep empty columns that were once formatted.
    width = max((place + 1 for row in rows for place, cell in enumerate(row) if cell), default=0)
    padded = ([*row[:width], *[""] * (width - len(row))] for row in rows)
    return dict(enumerate(padded, start=HEADER_ROW))


def _cell_text(value: object) -> str:
    """A workbook's cell as a text table would hold it."""
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


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
