"""Pain: what was measured, how much it hurts, and how that changes."""

from __future__ import annotations

import pandas as pd

from innervate.clinical.associations import INDEX
from innervate.clinical.pain import CATEGORIES, instruments
from innervate.config.clinical import ClinicalTable
from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.context import Context
from innervate.report.figures.pain import pain_over_time
from innervate.report.text import counted, plain


def pain(context: Context) -> list[Block]:
    """Counts by category, change over time, and what is known of analgesics."""
    clinical, joined = context.cohort.clinical, context.results.clinical.get("joined")
    if clinical is None or joined is None or not clinical.pain:
        return ["The cohort declares no measurement of pain."]
    rows = [_row(name, joined, clinical) for name in clinical.pain if f"pain_{name}" in joined]
    columns = [
        *map(t.text, ("measurement", "instrument")),
        t.whole("patients"),
        *(t.whole(category) for category in CATEGORIES),
        t.whole("worse", "Rose suddenly"),
    ]
    caption = (
        "Patients with each measurement, by category where cut-offs are in use for the instrument "
        "(none, mild, moderate, severe), and how many rose suddenly from one time to the next."
    )
    blocks: list[Block] = [t.table(pd.DataFrame(rows), columns, caption)]
    over_time = context.results.clinical.get("pain_over_time")
    if over_time is not None and INDEX in joined:
        index = joined.set_index("patient")[INDEX]
        for _, mine in over_time.groupby("pain", sort=False):
            figure = pain_over_time(mine, index, context.score_names[INDEX])
            blocks += [figure] if figure else []
    return [*blocks, *_analgesia(clinical, joined)]


def _row(name: str, joined: pd.DataFrame, clinical: ClinicalTable) -> dict:
    spec = clinical.pain[name]
    row = {
        "measurement": name,
        "instrument": instruments()[spec.instrument].name,
        "patients": joined[f"pain_{name}"].notna().sum(),
    }
    category = joined.get(f"pain_{name}_category")
    if category is not None:
        row |= category.value_counts().reindex(CATEGORIES, fill_value=0).to_dict()
    worsening = joined.get(f"pain_{name}_worsening")
    if worsening is not None:
        row["worse"] = int(worsening.sum())
    return {**dict.fromkeys([*CATEGORIES, "worse"]), **row}


def _analgesia(clinical: ClinicalTable, joined: pd.DataFrame) -> list[Block]:
    doses = [name for name, one in clinical.covariates.items() if one.kind == "opioid_dose"]
    if not doses:
        return [
            "No opioid dose is declared, so that pain is as it was felt under whatever was taken."
        ]
    sentences = []
    for name in doses:
        known = joined[name].dropna()
        used = "adjusted for" if name in clinical.adjust_for else "shown and not adjusted for"
        sentences.append(
            f"{counted(int((known > 0).sum()), 'patient')} of {len(known)} took opioids "
            f"({plain(name)}), as oral morphine equivalents by the factors of the CDC (2022); "
            f"the dose is {used}."
        )
    return sentences
