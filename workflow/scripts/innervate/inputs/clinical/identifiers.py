"""Columns that look as if they identified people."""

from __future__ import annotations

import re

import pandas as pd

from innervate.config.clinical import ClinicalTable
from innervate.runtime.errors import Problem

_WORDS = {
    "a name": r"name|full ?name|first ?name|last ?name|sur ?name|family ?name|given ?name|"
    r"maiden ?name|patient ?name|initials",
    "a date": r".*\b(date|dob|birth ?day|birth ?date|date ?birth|date ?of ?birth)\b.*",
    "a record number": r".*\b(mrn|medical ?record.*|record ?(number|no|nr|id)|hospital ?(number|"
    r"no|id)|ssn|social ?security.*|nhs ?(number|no)|insurance ?(number|no|id)|passport.*|"
    r"case ?number)\b.*",
    "contact data": r".*\b(e ?mail|phone|telephone|mobile|fax|street|address|zip|zip ?code|"
    r"post ?code|postal ?code)\b.*",
    "free text": r".*\b(comments?|notes?|remarks?|free ?text|narrative|anamnesis)\b.*",
}
"""What a header says, once it is split into words."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}")
_DATE = re.compile(
    r"(19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}([T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.](19|20)\d\d"
)
_WORD = r"[A-Z\u00c0-\u00de](?:[^\W\d_]|['.\u2019-])*"
_PERSON = re.compile(rf"{_WORD}(,? {_WORD}){{1,3}}")
_LONG_NUMBER = re.compile(r"\d{6,12}")

MOST, SOME = 0.9, 0.5
"""Share of the cells that must look so: where few others do, and where hardly any other does."""

FEW = 3
"""Different values below which contents are not judged."""

WORDY = 6
"""Words of a cell from which it counts as free text."""


def identifying_columns(table: pd.DataFrame, missing: list[str]) -> dict[str, str]:
    """Find columns that look as if they identified people, by their header or their cells.

    Parameters
    ----------
    table
        All text.
    missing
        Codes that mean missing.

    Returns
    -------
    dict
        Column: what it looks like (``a name``, ``a date``, ``a record number``, ``contact data``,
        ``free text``).

    Notes
    -----
    Names, all dates but the year, contact data, and record and account numbers are among the 18
    identifiers that the United States' Safe Harbor rule names (45 CFR 164.514(b)(2)).
    """
    looks = {}
    for place, column in enumerate(table.columns):
        cells = table.iloc[:, place]
        what = _by_header(column) or _by_cells(cells[~cells.isin(missing)])
        if what:
            looks[column] = what
    return looks


def identifier_problems(table: pd.DataFrame, spec: ClinicalTable, file: str) -> list[Problem]:
    """Problems for columns that identify people and are not dropped; no cell is quoted.

    Parameters
    ----------
    table
        The clinical table, all text.
    spec
        Says which columns are dropped, which do not identify anybody, and which name patients.
    file
        The cohort file's name.
    """
    problems = []
    for column, what in identifying_columns(table, spec.missing).items():
        if column == spec.patient:
            # Such a header is common above harmless codes: only what the codes are counts.
            cells = table[column]
            what = _by_cells(cells[~cells.isin(spec.missing)])
            if what in (None, "a record number") or column in spec.not_identifying:
                continue
            fix = "replace the codes in the table by the study's own"
        elif column in {*spec.drop, *spec.not_identifying}:
            continue
        else:
            fix = f"name it under clinical.drop of {file} (or, if nobody can be known by it, "
            fix += "under clinical.not_identifying)"
        found = f"what looks like {what}"
        problems.append(Problem(spec.table, f"column {column}", found, "nothing identifying", fix))
    return problems


def _by_header(column: str) -> str | None:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", column)
    words = re.sub(r"[\W_]+", " ", words).strip().lower()
    return next((what for what, known in _WORDS.items() if re.fullmatch(known, words)), None)


def _by_cells(cells: pd.Series) -> str | None:
    if cells.nunique() < FEW:
        return None
    different = cells.nunique() / len(cells)

    def share(pattern: re.Pattern) -> float:
        return cells.map(lambda cell: pattern.fullmatch(cell) is not None).mean()

    if cells.map(lambda cell: _EMAIL.search(cell) is not None).any():
        return "contact data"
    if share(_DATE) > SOME:
        return "a date"
    if different >= MOST and share(_PERSON) >= MOST:
        return "a name"
    if different == 1 and share(_LONG_NUMBER) >= MOST and cells.str.len().nunique() <= 2:
        return "a record number"
    if different > SOME and (cells.str.split().str.len() >= WORDY).mean() > SOME:
        return "free text"
    return None
