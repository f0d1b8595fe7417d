"""Patient codes that differ only in how they are written: ``001`` and ``1``, ``P01`` and ``p1``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from innervate.runtime.errors import Problem

SHOWN = 10
"""How many codes are shown of a long list."""


@dataclass(frozen=True)
class Place:
    """Where patient codes stand: a file and its column."""

    file: str
    column: str


def plain_form(code: str) -> tuple[str, ...]:
    """A code without case, separators, leading zeros and the ``.0`` that spreadsheets add.

    Parameters
    ----------
    code
        As it stands in a table.

    Returns
    -------
    tuple
        Its words and numbers in order: ``P-07`` and ``p7.0`` give ``("p", "7")``, while ``P1-12``
        and ``P11-2`` stay apart.
    """
    text = unicodedata.normalize("NFKC", code).casefold().strip()
    text = re.sub(r"(?<=\d)\.0+$", "", text)
    return tuple(
        (part.lstrip("0") or "0") if part.isdecimal() else part
        for part in re.findall(r"\d+|[^\W\d_]+", text)
    )


def code_problems(
    codes: Iterable[str],
    place: Place,
    known: Iterable[str],
    other: Place,
    rows: Mapping[str, int] = MappingProxyType({}),
) -> list[Problem]:
    """Codes that another table does not have, but has written otherwise; none is taken as equal.

    Parameters
    ----------
    codes
        Of one table.
    place
        Where they stand.
    known
        Codes of the other table.
    other
        Where these stand.
    rows
        First row of a code, where it is known.
    """
    known = list(dict.fromkeys(known))
    forms: dict[tuple[str, ...], list[str]] = {}
    for code in known:
        forms.setdefault(plain_form(code), []).append(code)
    forms.pop((), None)
    alike = {
        code: forms[form]
        for code in sorted(set(codes) - set(known))
        if (form := plain_form(code)) in forms
    }
    column, there = f"column {place.column}", f"{other.file}, column {other.column}"
    fix = "write a patient's code the same way in both files (if these are two patients: give one "
    fix += "of them another code)"
    problems = [
        Problem(
            place.file,
            f"row {rows[code]}, {column}" if code in rows else column,
            f"patient {code!r}",
            f"{' or '.join(map(repr, theirs))}, as in {there}",
            fix,
        )
        for code, theirs in list(alike.items())[:SHOWN]
    ]
    if len(alike) > SHOWN:
        found = f"{len(alike)} codes in all that differ only in how they are written"
        problems.append(Problem(place.file, column, found, f"the codes of {there}", fix))
    return problems
