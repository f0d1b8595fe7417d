"""What was excluded, and why."""

from __future__ import annotations

import re

import pandas as pd

from innervate.circuit.patients import NO_SAMPLE
from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.context import Context
from innervate.report.figures.exclusions import excluded
from innervate.report.suppression import small
from innervate.report.text import plain

AMOUNT = re.compile(r"^(\d[\d,]*) (?:cells|genes|gene sets)\b")
NUMBER = re.compile(r"\d[\d,.]*\d|\d")
SEX = re.compile(r"^declared \w+, but expresses as \w+.*$", re.DOTALL)
"""A reason that reveals a patient's sex."""


def exclusions(context: Context) -> list[Block]:
    """Counts by stage and reason, then everything that was left out."""
    frame = _told(context.results.exclusions, context.below)
    if frame.empty:
        return ["Nothing was left out."]
    kinds = frame.assign(reason=frame["reason"].map(lambda reason: NUMBER.sub("…", reason)))
    counts = kinds.groupby(["stage", "level", "reason"], sort=True)["n"].sum(min_count=1)
    counts = counts.reset_index()
    columns = [
        t.text("stage", "Stage"),
        t.text("level", "Level"),
        t.text("reason", "Reason", wide=True),
    ]
    how_many = t.whole("n", "How many")
    summary = t.table(counts, [*columns, how_many], "Exclusions by stage, level and reason.")
    caption = (
        f"All {len(frame):,} rows of exclusions; genes and gene sets with one reason share a row, "
        "and so do people who stand in the clinical table only."
    )
    rows = frame[["stage", "level", "reason", "n", "id"]]
    which = t.text("id", "Which", wide=True)
    blocks: list[Block] = [excluded(counts)] if counts["n"].gt(0).any() else []
    whole = t.big_table(rows, [*columns, how_many, which], caption, "exclusions.tsv", "exclusions")
    return [*blocks, summary, whole]


def _told(frame: pd.DataFrame, below: int) -> pd.DataFrame:
    """Exclusions as they may be shown, with ``n``, how many things a row leaves out."""
    frame = frame.assign(
        level=frame["level"].map(plain),
        stage=frame["stage"].map(plain),
        reason=[SEX.sub("declared and expressed sex differ", plain(r)) for r in frame["reason"]],
        id=frame["id"].map(plain),
    )
    frame = frame.assign(n=[_amount(name) for name in frame["id"]])
    # A registry may have hundreds: one row here, one each in the table beside the report.
    patients = frame["level"].eq("patient") & (frame["reason"].eq(NO_SAMPLE) | (below > 1))
    shared = frame["level"].isin(["gene", "gene_set"]) | patients
    keys = ["level", "stage", "reason"]
    joined = frame[shared].groupby(keys, sort=False)
    joined = joined.agg(id=("id", ", ".join), n=("n", "sum")).reset_index()
    # Who lacks a clinical value is not shown where small counts are hidden.
    of_patients = joined["level"].eq("patient")
    joined.loc[of_patients, "id"] = "not listed" if below > 1 else "listed in exclusions.tsv"
    mine = of_patients & (below > 1)
    joined["n"] = joined["n"].astype(float).mask(mine & small(joined["n"], below))
    return pd.concat([frame[~shared], joined], ignore_index=True)[[*keys, "id", "n"]]


def _amount(name: str) -> float:
    """How many things an id stands for: ``10 cells of S1`` for ten."""
    found = AMOUNT.match(name)
    return float(found.group(1).replace(",", "")) if found else 1.0
