"""Guesses about what columns of tables that nobody has described hold."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from innervate.genes.harmonize import ENSEMBL, detect_id_type
from innervate.genes.table import load_genes
from innervate.runtime.errors import InnervateError

MISSING = ("", "NA", "N/A", "NaN", "nan", "None")
CONTAINERS = "sample|library|lib|specimen|aliquot|biopsy|run|orig ident|names?|barcoding emulsion"

ROLES = {
    "sample": rf"(?:{CONTAINERS})(?: ?(?:id|name|code))?|id",
    "patient": r"(?:patient|pt|subject|donor|individual|participant|case|mouse|animal|line)"
    r"(?: ?(?:id|code|nr|no|number))?",
    "tissue": r"(?:tissue|site|organ|compartment|sample type|tissue type|source|origin)",
    "timepoint": r"(?:time ?point|visit|tp|biopsy time|treatment time|time)",
    "batch": r"(?:batch|library pool|plate|sequencing run|flow ?cell|lane|pool)(?: ?id)?",
    "sex": r"(?:patient )?(?:sex|gender)",
}
"""Our column of the sample sheet: what a header that means it says, in words."""

TISSUES = {
    "tdln": r"tdln|tumou?r draining lymph node|ldn|draining (?:lymph )?node|lymph ?node|ln|node",
    "blood": r"blood|pbmc|peripheral blood|whole blood",
    "normal": r"normal|adjacent|healthy|normal adjacent|solid tissue normal|nat",
    "tumor": r"tumou?r|cancer|carcinoma|primary|primary (?:solid )?tumou?r|metastas[ie]s|"
    r"metastatic|lesion",
}
BEFORE = r"pre|baseline|before|screening|pre ?treatment|day 0|d0|t0|0"
TIMES = rf"{BEFORE}|post|on|during|after|follow ?up|on ?treatment|post ?treatment|[dtwv]\d+"
FEW = 12
"""Different values up to which a column can name tissues or times."""


@dataclass(frozen=True)
class Guess:
    """A guess and what it rests on, for the comment that marks it."""

    value: str
    why: str


def words(text: str) -> str:
    """A header or a code in lower-case words: ``PatientID`` and ``patient_id`` are the same."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return re.sub(r"[\W_]+", " ", split).strip().lower()


def present(values: pd.Series) -> pd.Series:
    """Values that are not missing."""
    return values[~values.isin(MISSING)]


def tissue_of(code: str) -> str | None:
    """The tissue that a code names, or None."""
    said = words(code)
    return next((ours for ours, known in TISSUES.items() if re.fullmatch(known, said)), None)


def guess_columns(table: pd.DataFrame, samples: Iterable[str] = ()) -> dict[str, Guess]:
    """Guess which column of a table of samples plays which role.

    Parameters
    ----------
    table
        One row a sample, all text.
    samples
        Names of samples known from the data: the column that holds most of them names samples.

    Returns
    -------
    dict
        Our column: the table's column and why. What can't be determined is not in it.
    """
    found: dict[str, Guess] = {}
    known = set(samples)
    if known:
        # R leaves the header of row names empty.
        shares = {column: table[column].isin(known).sum() for column in table if column}
        best = max(shares, key=lambda column: shares[column], default=None)
        if best is not None and shares[best]:
            why = f"it holds {shares[best]} of the {len(known)} sample names of the data"
            found["sample"] = Guess(best, why)
    for role, pattern in ROLES.items():
        taken = {one.value for one in found.values()}
        named = [
            column
            for column in table
            if column not in taken and re.fullmatch(pattern, words(column))
        ]
        fitting = [column for column in named if role in found or _fits(role, table[column])]
        if role not in found and fitting:
            found[role] = Guess(fitting[0], "by its name")
    return found


def _fits(role: str, values: pd.Series) -> bool:
    filled = present(values)
    if filled.empty:
        return False
    if role == "sample":
        return filled.nunique() == len(filled)
    if role == "tissue":
        return filled.nunique() <= FEW and any(tissue_of(code) for code in filled.unique())
    if role in ("timepoint", "batch"):
        return filled.nunique() <= FEW
    return True


def from_name(sample: str) -> dict[str, str]:
    """What the parts of a sample's name say: ``Pt1_Pre_tumor`` names patient, time and tissue."""
    parts = [part for part in re.split(r"[_\-. ]+", sample) if part]
    said: dict[str, str] = {}
    rest = []
    for part in parts:
        if "tissue" not in said and tissue_of(part):
            said["tissue"] = part
        elif "timepoint" not in said and part != "0" and re.fullmatch(TIMES, words(part)):
            said["timepoint"] = part
        else:
            rest.append(part)
    # Only a name that says something else too is taken apart: S1_rep2 may be anything.
    said["patient"] = rest[0] if said and rest else sample
    return said


def baseline_of(times: Iterable[str]) -> str | None:
    """The time that reads as if it came before treatment, or None."""
    return next((time for time in times if re.fullmatch(BEFORE, words(time))), None)


def guess_species(ids: Iterable[str]) -> Guess | None:
    """Species and kind of gene identifiers, or None where neither species knows them.

    Symbols differ in case only, so that the species is the one of which more are approved.
    """
    ids = [str(one) for one in ids]
    shares = {}
    for species in ENSEMBL:
        table = load_genes(species)
        try:
            kind = detect_id_type(ids, table)
        except InnervateError:
            continue
        names = {"symbol": table.by_symbol, "entrez": table.by_entrez, "ensembl": table.by_ensembl}
        plain = [one.split(".")[0] if kind == "ensembl" else one for one in ids]
        shares[species] = (sum(one in names[kind] for one in plain), kind)
    if not shares:
        return None
    species = max(shares, key=lambda name: shares[name][0])
    count, kind = shares[species]
    return Guess(species, f"{count} of {len(ids)} gene identifiers are its {kind} ids")
