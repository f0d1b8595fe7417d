"""The sample sheet of a new cohort: what the data name, joined with what tables say of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from innervate.config.load import FILL_IN
from innervate.inputs.clinical.identifiers import identifying_columns
from innervate.intake.guess import (
    FEW,
    MISSING,
    Guess,
    baseline_of,
    from_name,
    guess_columns,
    present,
    tissue_of,
)
from innervate.intake.text import Lines

COLUMNS = ("sample", "patient", "assay", "tissue", "timepoint", "batch", "sex")
BY_NAME = "from the samples' names"


@dataclass
class Sheet:
    """A sample sheet and where its columns come from.

    Parameters
    ----------
    frame
        One row a sample: `COLUMNS` as far as they are known, columns that name files, and
        columns of the table that may be asked about.
    guesses
        Column: why it holds what it holds.
    keep
        Columns of the table that were carried along for designs.
    """

    frame: pd.DataFrame
    guesses: dict[str, str] = field(default_factory=dict)
    keep: list[str] = field(default_factory=list)

    @property
    def patients(self) -> set[str]:
        """Codes of its patients."""
        return set(self.frame["patient"])


def best_table(tables: dict[Path, pd.DataFrame], samples: set[str]) -> Path | None:
    """The table that names most of the samples, or None where none names half of them."""
    shares = {
        path: max((table[column].isin(samples).sum() for column in table), default=0)
        for path, table in tables.items()
    }
    path = max(shares, key=lambda one: shares[one], default=None)
    return path if path is not None and shares[path] * 2 >= len(samples) else None


def make_sheet(samples: pd.DataFrame, table: pd.DataFrame | None, source: str) -> Sheet:
    """Join the samples of the data with the table that describes them.

    Parameters
    ----------
    samples
        ``sample, assay`` and columns that name files.
    table
        One row a sample, all text, or None.
    source
        The table's name, for the comments that mark guesses.
    """
    sheet = Sheet(samples.copy())
    frame, guessed = sheet.frame, {}
    if table is not None:
        guessed = guess_columns(table, frame["sample"])
        by_sample = table.drop_duplicates(guessed["sample"].value).set_index(
            guessed["sample"].value, drop=False
        )
        for role, guess in guessed.items():
            if role != "sample":
                frame[role] = frame["sample"].map(by_sample[guess.value]).fillna("")
                sheet.guesses[role] = f"column {guess.value} of {source}, {guess.why}"
        sheet.keep = _worth_keeping(by_sample, {one.value for one in guessed.values()})
        for column in sheet.keep:
            frame[column] = frame["sample"].map(by_sample[column]).fillna("")
    named = pd.DataFrame([from_name(name) for name in frame["sample"]], index=frame.index)
    for role in ("patient", "tissue", "timepoint"):
        if role not in frame and role in named and (role != "tissue" or named[role].notna().all()):
            frame[role] = named[role].fillna("")
            sheet.guesses[role] = BY_NAME
    order = [name for name in COLUMNS if name in frame]
    sheet.frame = frame[[*order, *(name for name in frame if name not in order)]]
    return sheet


def _worth_keeping(table: pd.DataFrame, taken: set[str]) -> list[str]:
    """Columns with a few values each of several samples, that identify nobody."""
    hidden = identifying_columns(table, list(MISSING))
    reserved = {*COLUMNS, *(f"{name}_file" for name in ("cells", "raw", "bulk"))}
    return [
        column
        for column in table
        if column and column not in taken | set(hidden) | reserved
        and 1 < present(table[column]).nunique() <= FEW
        and present(table[column]).nunique() < len(table)
    ]  # fmt: skip


def sheet_lines(sheet: Sheet, path: str) -> Lines:
    """The part `samples` of a cohort file, every guess marked."""
    frame, lines = sheet.frame, Lines()
    lines.add(0, "samples:")
    lines.add(1, "table", "One row a sample; correct it there where a guess is wrong.", value=path)
    for role, why in sheet.guesses.items():
        lines.note(1, f"{role}: guess, {why}")
    if "tissue" in frame:
        codes = [code for code in dict.fromkeys(frame["tissue"]) if code]
        recoded = {code: tissue_of(code) or code for code in codes}
        if any(code != ours for code, ours in recoded.items()):
            lines.add(1, "values", value={"tissue": recoded}, guess="what the tissues' names mean")
    else:
        comment = (
            "to fill in: tumor, tdln (the tumor-draining lymph node), or another tissue, such as "
            "normal or blood. Where samples are of several tissues, delete this line and give the "
            "sheet a column `tissue`, or name the column that tells them: "
            "columns: {tissue: COLUMN} and values: {tissue: {CODE: tumor, OTHER: normal}}"
        )
        lines.add(1, "constants", comment, value={"tissue": FILL_IN})
    if sheet.keep:
        lines.add(1, "keep", "For designs; take out what no contrast needs.", value=sheet.keep)
    return lines


def baseline_lines(sheet: Sheet) -> Lines:
    """The key `baseline`, where samples are of several times."""
    lines = Lines()
    times = set(sheet.frame.get("timepoint", pd.Series(dtype=str))) - {""}
    if len(times) > 1:
        comment = (
            f"to fill in: the timepoint that stands for the patient: {', '.join(sorted(times))}"
        )
        guess = Guess(baseline_of(sorted(times)) or FILL_IN, "it reads as if before treatment")
        lines.add(0, "baseline", comment, value=guess.value, guess=guess.why)
    return lines
