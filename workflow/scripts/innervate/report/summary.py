"""The first lines of the report: what was asked, of how many, what was found, how far it holds.

Every sentence is made from the tables; none says more than its numbers.
"""

from __future__ import annotations

import pandas as pd

from innervate.circuit.patients import NO_SAMPLE, OTHER_TISSUE
from innervate.config.evidence import SUGGESTIVE
from innervate.report.context import SIGNIFICANCE, Context
from innervate.report.figures.contrasts import significant
from innervate.report.figures.scores import coverage
from innervate.report.flow import patient_flow
from innervate.report.text import (
    count,
    counted,
    estimate_name,
    is_missing,
    listed,
    number,
    p_value,
    percent,
    plain,
    tally,
)

FEW_PATIENTS = 30


def question(context: Context) -> str:
    """What was asked."""
    cohort, title = context.cohort, context.circuit.title
    if title[1:2].islower():
        title = title[0].lower() + title[1:]
    what = f" of {cohort.tumor_type}" if cohort.tumor_type else ""
    return plain(
        f"Is the {title} (doi:{context.circuit.doi}) active in this {cohort.species} "
        f"cohort{what}, in which patients, and does it go with pain, macrophage polarization and "
        "outcome?"
    )


def size(context: Context) -> str:
    """Of how many patients and samples."""
    samples = context.results.samples
    tissues = samples.groupby("tissue", sort=True).size()
    parts = listed(f"{n:,} {plain(name)}" for name, n in tissues.items())
    sentence = (
        f"{counted(context.patients, 'patient')}, {counted(len(samples), 'sample')} ({parts})."
    )
    if "tdln" in tissues:
        sentence += " A tdln is a tumor-draining lymph node."
    qc = context.results.qc
    if qc is not None:
        dropped = int((~qc["keep"]).sum())
        sentence += f" Quality control dropped {dropped:,} of {counted(len(qc), 'bulk sample')}."
    return sentence + _others(context)


def _others(context: Context) -> str:
    """Who is not a patient of this report, though in its tables."""
    flow = patient_flow(context)
    words = {
        NO_SAMPLE: "in the clinical table without a sample of the circuit's tissues",
        OTHER_TISSUE: "with samples of other tissues only",
    }
    parts = [f"{count(flow[key])} {text}" for key, text in words.items() if key in flow]
    return f" Left out of all analyses: {listed(parts)}." if parts else ""


def findings(context: Context) -> list[str]:
    """What was found, one sentence or two a part that the cohort has."""
    parts = (_nodes, _edges, _patients, _polarization, _contrasts, _associations)
    return [sentence for part in parts for sentence in part(context)]


def _nodes(context: Context) -> list[str]:
    if context.results.scores is None and context.results.patients is None:
        return ["No node of the circuit was scored in this cohort."]
    rows = context.node_rows
    missing = rows.loc[~rows["measured"], "name"]
    lacking = f" Not measurable: {listed(map(plain, missing))}." if len(missing) else ""
    return [f"{coverage(rows)}.{lacking}"]


def _edges(context: Context) -> list[str]:
    edges = context.results.evidence.get("edges")
    if edges is None or edges.empty:
        return []
    known = edges[edges["status"] != "not measurable"]
    if known.empty:
        return [f"None of the circuit's {counted(len(edges), 'edge')} could be measured."]
    sentence = (
        f"Of the circuit's {counted(len(edges), 'edge')}, {len(known):,} could be measured: "
        f"{tally(known['status'])}."
    )
    outcomes = {name: outcome.label for name, outcome in context.circuit.outcomes.items()}
    names = {**context.names, **outcomes}
    for status in ("supported", SUGGESTIVE):
        pairs = [
            plain(f"{names.get(row.source, row.source)} to {names.get(row.target, row.target)}")
            for row in known[known["status"] == status].itertuples()
        ]
        if pairs:
            sentence += f" {status.capitalize()}: {'; '.join(pairs)}."
    return [sentence]


def _patients(context: Context) -> list[str]:
    patients = context.results.patients
    if patients is None:
        return []
    return [
        f"By the circuit index, the calls over {counted(len(patients), 'patient')} are: "
        f"{tally(patients['call'])}. A call compares a patient with the others of this cohort."
    ]


def _polarization(context: Context) -> list[str]:
    polarization = context.results.polarization
    if polarization is None:
        return []
    return [
        f"Macrophage calls over {counted(len(polarization), 'sample')}: "
        f"{tally(polarization['call'])}."
    ]


def _contrasts(context: Context) -> list[str]:
    sentences = []
    for name, de in context.results.de.items():
        tested, up, down = significant(de, context.alpha)
        sentences.append(
            f"Contrast {plain(name)}: {up + down:,} of {counted(tested, 'gene')} at a false "
            f"discovery rate of {percent(context.alpha)} ({up:,} with a positive and {down:,} with "
            "a negative fold change)."
        )
    return sentences


def _associations(context: Context) -> list[str]:
    table = context.results.clinical.get("associations")
    if table is None:
        return []
    tested = table[table["pvalue"].notna()]
    if tested.empty:
        return ["No clinical association could be estimated."]
    hits = tested[tested["fdr"] < SIGNIFICANCE]
    sentence = (
        f"{len(hits):,} of {counted(len(tested), 'clinical association')} that could be estimated "
        f"had a false discovery rate below {percent(SIGNIFICANCE)}."
    )
    first = tested.sort_values(["pvalue", "score", "endpoint"], kind="stable").iloc[0]
    return [f"{sentence} The smallest p-value: {_association(first, context)}."]


def _association(row: pd.Series, context: Context) -> str:
    name = plain(context.score_names.get(row["score"], row["score"]))
    bounds = ""
    if not (is_missing(row["ci_low"]) or is_missing(row["ci_high"])):
        bounds = f", 95% interval {number(row['ci_low'])} to {number(row['ci_high'])}"
    kind = estimate_name(row["estimate_type"])
    return (
        f"{name} with {plain(row['endpoint'])}, {kind} {number(row['estimate'])}{bounds}, "
        f"p {p_value(row['pvalue'])}, false discovery rate {p_value(row['fdr'])}, "
        f"n = {count(row['n'])}"
    )


def caution(context: Context) -> str:
    """The limit that stands in the answer itself."""
    if context.cohort.simulation is not None:
        return limits(context)[0]
    patients = counted(context.patients, "patient")
    return (
        f"This rests on {patients} seen once, not on an experiment: it does not prove a cause, and "
        "an inconclusive step is not a refuted one."
    )


def limits(context: Context) -> list[str]:
    """How far the findings hold."""
    results = context.results
    sentences = []
    if context.cohort.simulation is not None:
        sentences.append(
            "This cohort is simulated, with a known circuit planted in it: its results test the "
            "software and say nothing about patients."
        )
    patients = context.patients
    if patients < FEW_PATIENTS:
        sentences.append(
            f"With {counted(patients, 'patient')}, effects of moderate size are easily missed, and "
            "those found are likely to be overestimated."
        )
    sentences.append(
        "The data are observational: an association or a difference does not prove a cause, and a "
        "result that is not significant does not prove that there is no effect."
    )
    if results.scores is not None:
        sentences.append(
            "Bulk RNA mixes cells: a score may rise because a cell type is more frequent, not "
            "because it is more active. Scores and calls are relative to this cohort."
        )
    if results.clinical.get("associations") is None:
        sentences.append("Pain and outcome were not tested: the cohort has no clinical table.")
    return sentences
