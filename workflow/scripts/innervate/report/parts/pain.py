"""Pain: what was measured, how much it hurts, and how that changes."""

from __future__ import annotations

import pandas as pd

from innervate.clinical.associations import INDEX
from innervate.config.clinical import ClinicalTable
from innervate.inputs.clinical.pain import CATEGORIES, instruments
from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.context import SIGNIFICANCE, Context
from innervate.report.figures.pain import pain_over_time
from innervate.report.figures.pain_nodes import scores_by_category
from innervate.report.parts.clinical import suppression_note
from innervate.report.suppression import suppressed_cells
from innervate.report.text import counted, listed, plain

UNADJUSTED = "Spearman"


def pain(context: Context) -> list[Block]:
    """Counts by category, change over time, and what is known of analgesics."""
    clinical, joined = context.cohort.clinical, context.results.clinical.get("joined")
    if clinical is None or joined is None or not clinical.pain:
        return ["The cohort declares no measurement of pain."]
    rows = [
        _row(name, joined, clinical, context.below)
        for name in clinical.pain
        if f"pain_{name}" in joined
    ]
    columns = [
        *map(t.text, ("measurement", "instrument")),
        t.whole("patients"),
        *(t.whole(category) for category in CATEGORIES),
        t.whole("worse", "Worse at the end"),
        t.whole("judged", "Judged"),
    ]
    caption = (
        "Patients with each measurement, by category where cut-offs are in use for the instrument "
        "(none, mild, moderate, severe)."
    )
    rises = sorted({f"{one.worsening:g}" for one in clinical.pain.values() if one.repeats})
    if rises:
        caption += (
            f" Worse at the end: the last measurement lies at least {listed(rises)} of 10 points "
            "above the baseline. Judged: measured again, with a baseline that leaves room for that."
        )
    blocks: list[Block] = [
        *suppression_note(context),
        t.table(pd.DataFrame(rows), columns, caption),
        *_by_node(context, joined, clinical),
    ]
    over_time = context.results.clinical.get("pain_over_time")
    if over_time is not None and INDEX in joined:
        index = joined.set_index("patient")[INDEX]
        over_time = over_time[over_time["patient"].isin(index.index)]
        for _, mine in over_time.groupby("pain", sort=False):
            figure = pain_over_time(mine, index, context.score_names[INDEX], context.below)
            blocks += [figure] if figure else []
    return [*blocks, *_analgesia(clinical, joined, context.below)]


def _by_node(context: Context, joined: pd.DataFrame, clinical: ClinicalTable) -> list[Block]:
    """Scores by category of pain, a measurement a figure."""
    tests = context.results.clinical.get("associations")
    names = {key: name for key, name in context.score_names.items()
             if key not in context.circuit.controls}  # fmt: skip
    blocks: list[Block] = []
    for name in clinical.pain:
        column = f"pain_{name}_category"
        if column not in joined or tests is None:
            continue
        mine = tests[tests["endpoint"].eq(f"pain_{name}_0_10") & tests["model"].eq(UNADJUSTED)]
        figure = scores_by_category(
            joined, column, CATEGORIES, names, mine, SIGNIFICANCE, context.below
        )
        few = f"Too few patients have each category of {plain(name)} to draw scores by category."
        blocks.append(figure or few)
    return blocks


def _row(name: str, joined: pd.DataFrame, clinical: ClinicalTable, below: int) -> dict:
    spec = clinical.pain[name]
    row = {
        "measurement": name,
        "instrument": instruments()[spec.instrument].name,
        "patients": suppressed_cells([int(joined[f"pain_{name}"].notna().sum())], below)[0],
    }
    category = joined.get(f"pain_{name}_category")
    if category is not None:
        counts = category.value_counts().reindex(CATEGORIES, fill_value=0)
        row |= dict(zip(CATEGORIES, suppressed_cells(counts.tolist(), below), strict=True))
    worsening = joined.get(f"pain_{name}_worsening")
    if worsening is not None:
        worse, known = int(worsening.sum()), int(worsening.notna().sum())
        row["worse"] = suppressed_cells([worse, known - worse], below)[0]
        others = int(joined[f"pain_{name}"].notna().sum()) - known
        row["judged"] = suppressed_cells([known, others], below)[0]
    return {**dict.fromkeys([*CATEGORIES, "worse", "judged"]), **row}


def _analgesia(clinical: ClinicalTable, joined: pd.DataFrame, below: int) -> list[Block]:
    doses = [name for name, one in clinical.covariates.items() if one.kind == "opioid_dose"]
    if not doses:
        return [
            "No opioid dose is declared, so that pain is as it was felt under whatever was taken."
        ]
    sentences = []
    for name in doses:
        known = joined[name].dropna()
        used = "adjusted for" if name in clinical.adjust_for else "shown and not adjusted for"
        taking = int((known > 0).sum())
        taking, _ = suppressed_cells([taking, len(known) - taking], below)
        who = "Some (suppressed)" if taking is None else counted(taking, "patient")
        sentences.append(
            f"{who} of {len(known)} took opioids "
            f"({plain(name)}), as oral morphine equivalents by the factors of the CDC (2022); "
            f"the dose is {used}."
        )
    return sentences
